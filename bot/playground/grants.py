"""The codes and tokens of apps that are installed by OAuth, and how tokens are renewed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from .records import Json
from .tickets import SlackError

HALF_A_DAY = 12 * 60 * 60  # seconds that Slack lets a token live where tokens rotate


@dataclass
class Grants:
    """What oauth.v2.access gives out. With `rotates`, tokens live for `seconds`.

    https://docs.slack.dev/authentication/using-token-rotation
    """

    token: str
    codes: set[str] = field(default_factory=set)
    rotates: bool = False
    seconds: int = HALF_A_DAY
    refresh_tokens: set[str] = field(default_factory=set)

    def new_code(self) -> str:
        """The code that Slack's page hands over when an admin installs the app."""
        code = uuid.uuid4().hex
        self.codes.add(code)
        return code

    def holds(self, code: str, refresh_token: str) -> bool:
        """Whether one of these was given out here."""
        return code in self.codes or refresh_token in self.refresh_tokens

    def by_code(self, code: str) -> Json:
        """A token for a code, once."""
        if code not in self.codes:
            raise SlackError("invalid_code")
        self.codes.discard(code)
        return self._new()

    def by_refresh_token(self, refresh_token: str) -> Json:
        """A new token for an old one that runs out, once."""
        if refresh_token not in self.refresh_tokens:
            raise SlackError("invalid_refresh_token")
        self.refresh_tokens.discard(refresh_token)
        return self._new()

    def _new(self) -> Json:
        if not self.rotates:
            return {"access_token": self.token}
        name = uuid.uuid4().hex
        self.refresh_tokens.add(refresh_token := f"xoxe-1-{name}")
        return {
            "access_token": f"xoxe.xoxb-1-{name}",
            "refresh_token": refresh_token,
            "expires_in": self.seconds,
        }
