"""The SMTP bot: says what a mail error means and what to do now.

Start reading at `bot/smtp/explain.py` (text in, answer out), then `bot/render/card.py` (an answer
as a Slack message), then `bot/slack/` (one file per feature). `bot/app.py` joins the parts.
"""
