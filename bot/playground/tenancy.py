"""Which workspace a pretend Slack is: the only one, one of several, or part of an organisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .records import TEAM_ID, Json

BOT_TOKEN = "xoxb-pretend-bot-token"
ORGANISATION_NAME = "Pretend Organisation"


@dataclass(frozen=True)
class Tenant:
    """A workspace's id and, on Enterprise Grid, its organisation's; who installed the app there.

    Inside, everything is of TEAM_ID; on its way out it gets the ids of the tenant.
    https://docs.slack.dev/enterprise/developing-for-enterprise-orgs
    """

    team_id: str = TEAM_ID
    enterprise_id: str = ""
    is_enterprise_install: bool = False

    @property
    def bot_token(self) -> str:
        """The token that the app has here."""
        if self.is_enterprise_install:
            return f"{BOT_TOKEN}-{self.enterprise_id}"
        return BOT_TOKEN if self.team_id == TEAM_ID else f"{BOT_TOKEN}-{self.team_id}"

    @property
    def enterprise(self) -> Json | None:
        """The organisation as payloads name it."""
        name = {"id": self.enterprise_id, "name": ORGANISATION_NAME}
        return name if self.enterprise_id else None

    @property
    def team(self) -> Json | None:
        """Where the app is installed; None for a whole organisation."""
        name = {"id": self.team_id, "name": "Pretend Slack"}
        return None if self.is_enterprise_install else name

    def sent(self, kind: str, payload: Json) -> Json:
        """What the app is told, with the ids of this tenant."""
        told: Json = self._told(payload)
        for each in told.get("authorizations", ()):
            if self.is_enterprise_install:
                each["team_id"] = None
        if kind == "slash_commands":
            if self.enterprise_id:
                told |= {"enterprise_id": self.enterprise_id, "enterprise_name": ORGANISATION_NAME}
            told["is_enterprise_install"] = str(self.is_enterprise_install).lower()
        elif kind == "events_api" and self.enterprise_id:
            told["enterprise_id"] = self.enterprise_id
        return told

    def answered(self, answer: Json) -> Json:
        """What a method answers, with the ids of this tenant; people are of its organisation."""
        told: Json = self._told(answer)
        user = told.get("user")
        if self.enterprise_id and isinstance(user, dict):
            user["enterprise_user"] = {
                "id": user["id"],
                "enterprise_id": self.enterprise_id,
                "enterprise_name": ORGANISATION_NAME,
                "teams": [user["team_id"]],
            }
        return told

    def _told(self, part: Any, key: str = "") -> Any:
        if isinstance(part, dict):
            return {name: self._told(value, name) for name, value in part.items()}
        if isinstance(part, list):
            return [self._told(each) for each in part]
        if part == TEAM_ID:
            return self.team_id
        if part is None and key in ("enterprise_id", "context_enterprise_id"):
            return self.enterprise_id or None
        if part is None and key == "enterprise":
            return self.enterprise
        if part is False and key == "is_enterprise_install":
            return self.is_enterprise_install
        return part
