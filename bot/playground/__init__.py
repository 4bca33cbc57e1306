"""A pretend Slack with a page to look at; the tests use it too.

Nothing here knows what the bot says. Read `server.py` first: `PretendSlack` is all that others
need. Behind it:

- `records.py`, `workspace.py`: the state. `core.py` joins the parts below around it.
- `people.py`: what a person does; `typed.py` what Slack makes of what they type, `forms.py` and
  `interactions.py` what a click tells the bot, `views.py` modals and Home.
- `events.py`: what the bot hears of it; `delivery.py` and `transports.py`: how, by Socket Mode or
  HTTP, with acknowledgements and redelivery.
- `web_api.py`, `methods/`: what the bot may ask for; `validity.py` refuses what Slack refuses;
  `tickets.py` and `responses.py`: trigger ids and response URLs.
- `tenancy.py`, `grants.py`: which of several workspaces this is, and the tokens it gives out.
- `faults.py`: how all that fails on purpose. `settling.py`, `pulse.py`: waiting without sleeping.
- `guard.py`, `page_api.py`, `page/`: the page, for this machine only.
"""

from .core import ApiCall
from .records import Channel, Message, View
from .server import PretendSlack

__all__ = ["ApiCall", "Channel", "Message", "PretendSlack", "View"]
