"""The addresses a mail can lead to."""

from dataclasses import dataclass
from datetime import datetime

from meyasubako.core.codes import Keys


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses a mail can lead to."""

    public_url: str
    keys: Keys
    staff_url: str = ""
    """Where staff open the service, if they do so at an address of their own."""

    @property
    def _staff(self) -> str:
        return f"{self.staff_url or self.public_url}/staff"

    @property
    def status(self) -> str:
        """Where a requester follows a case."""
        return f"{self.public_url}/status"

    def confirm(self, receipt_number: str, address: str) -> str:
        """Confirms this mail address of a receipt."""
        return f"{self.public_url}/confirm/{self.keys.confirm_token(receipt_number, address)}"

    def case(self, case_id: int) -> str:
        """The page of a case, for staff."""
        return f"{self._staff}/cases/{case_id}"

    def answer(self, case_id: int) -> str:
        """The page on which the answer to a case is written and decided, for staff."""
        return f"{self._staff}/answers/{case_id}"

    def inbox(self, desk_code: str) -> str:
        """What is being worked on at a desk, for staff."""
        return f"{self._staff}/desks/{desk_code}/inbox"

    @property
    def provider(self) -> str:
        """The own page of whoever cases are offered to."""
        return f"{self.public_url}/provider/"

    @property
    def account(self) -> str:
        """Where staff choose what the service writes to them."""
        return f"{self._staff}/account"

    @property
    def notices(self) -> str:
        """What the service has told a member of staff."""
        return f"{self._staff}/notices"

    def offer(self, offer_id: int) -> str:
        """Opens an offer for its provider."""
        return f"{self.public_url}/offers/{self.keys.offer_token(offer_id)}"

    def sign_in(self, provider_id: int, address: str, asked_at: datetime) -> str:
        """Opens what the directory says of somebody, for themselves."""
        return (
            f"{self.public_url}/providers/sign-in/{self.keys.sign_in_token(provider_id, address, asked_at)}"
        )

    def survey(self, survey_id: int) -> str:
        """Asks once whether it helped."""
        return f"{self.public_url}/survey/{self.keys.survey_token(survey_id)}"

    def no_surveys(self, survey_id: int) -> str:
        """Asks to be left alone from then on."""
        return f"{self.public_url}/surveys/{self.keys.survey_token(survey_id)}/stop"
