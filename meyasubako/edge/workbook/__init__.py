"""Excel files: long lists row by row, and statistical tables as an office hands them out."""

from meyasubako.edge.workbook.lists import MEDIA_TYPE, MOST_ROWS, Workbook, write_table
from meyasubako.edge.workbook.tabulated import write_tabulation

__all__ = ["MEDIA_TYPE", "MOST_ROWS", "Workbook", "write_table", "write_tabulation"]
