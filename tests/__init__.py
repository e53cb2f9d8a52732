"""The proof that the desks work: rules of the code, stages of a case, and whole journeys in a real browser."""
