"""What the bot says about how it behaves in a channel. Modes are named as people type them."""

from __future__ import annotations

from bot.render.blocks import Message, sentence

_DOES = {
    "thread": "I explain SMTP errors that I see here, briefly and in their threads",
    "quiet": "I mark messages that show SMTP errors with a :mag: reaction; add the same one, "
    "and the answer comes to you alone",
    "alerts": "I explain SMTP errors that other bots post here, in their threads, and leave "
    "people's messages alone",
    "off": "I keep silent here; `/smtp` still answers you",
}
# The same in as many words as an option of a menu has room for.
MODES = {
    "thread": "explain SMTP errors in their threads",
    "quiet": "only mark them with a reaction",
    "alerts": "explain those that other bots post",
    "off": "keep silent",
}
_MODES = "`/smtp here thread`, `quiet`, `alerts` or `off`"


def behaviour(mode: str, set_by: str = "") -> Message:
    """What `/smtp here` answers."""
    if set_by:
        return sentence(f"`{mode}`, set by <@{set_by}>: {_DOES[mode]}. {_MODES} changes that.")
    return sentence(
        f"`{mode}`, as nobody has set another: {_DOES[mode]}. {_MODES} changes that. In channels "
        "shared with other organisations I keep silent until somebody does."
    )


def now_behaves(mode: str) -> Message:
    """What `/smtp here quiet` and the like answer."""
    return sentence(f"From now on `{mode}`: {_DOES[mode]}. {_HEARS}")


# Settings may come before the invitation; then nothing would happen, and nobody know why.
_HEARS = "I see only channels that I was invited to."


def no_mode() -> Message:
    """What `/smtp here` answers to a word that is no mode."""
    return sentence(f"I know no such mode, so nothing has changed. It is {_MODES}.")


def no_channel() -> Message:
    """What `/smtp here` answers in a direct message."""
    return sentence("Here I only answer what you ask. In a channel, `/smtp here` sets what I do.")


def unread() -> Message:
    """What a click on the mark gets when Slack keeps the message from us."""
    return sentence(
        "Sorry, Slack does not let me read that message just now. Choose Explain SMTP error in its "
        "menu, or add the reaction again in a minute."
    )


def muted() -> Message:
    """What the button "Mute here" tells who clicked it."""
    return sentence("I keep silent in this channel from now on. `/smtp here thread` undoes that.")


def invited(mode: str | None, is_shared: bool) -> Message:
    """One line for who invited the bot; `mode` is None where nobody has set one."""
    if mode is None and is_shared:
        return sentence(
            "Thanks for the invitation. This channel is shared with other organisations, so I keep "
            "silent here until somebody types `/smtp here thread`."
        )
    return sentence(f"Thanks for the invitation. {_DOES[mode or 'thread']}. {_MODES} changes that.")
