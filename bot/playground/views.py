"""Modals on a person's screen: the stack of views, and what a submission's answer does to it."""

from __future__ import annotations

import uuid
from typing import Any

from .core import Core
from .records import Json, View
from .tickets import SlackError
from .validity import problems_of_view
from .workspace import complete_blocks

MOST_VIEWS = 3


class Views:
    """Opens, updates, pushes and closes views."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.workspace = core.workspace

    def find(self, view_id: str = "", external_id: str = "") -> View:
        """An open modal or Home view; SlackError `not_found` when there is none."""
        stacks = self.workspace.modals.values()
        views = [*(v for stack in stacks for v in stack), *self.workspace.homes.values()]
        for view in views:
            named = external_id and view.content.get("external_id") == external_id
            if view.id == view_id or named:
                return view
        raise SlackError("not_found")

    def top(self, user: str) -> View:
        """The modal on top of a person's screen."""
        stack = self.workspace.modals.get(user)
        if not stack:
            raise LookupError("no modal is open")
        return stack[-1]

    def open(self, user: str, content: Any) -> View:
        """Show a modal in place of whatever modal is open."""
        view = self._new(user, content, "modal")
        self.workspace.modals[user] = [view]
        self.workspace.changed()
        return view

    def push(self, user: str, content: Any) -> View:
        """Show a modal above the open one."""
        stack = self.workspace.modals.get(user) or []
        if len(stack) >= MOST_VIEWS:
            raise SlackError("push_limit_reached")
        view = self._new(user, content, "modal")
        if stack:
            view.root_id, view.previous_id = stack[0].id, stack[-1].id
        self.workspace.modals[user] = [*stack, view]
        self.workspace.changed()
        return view

    def update(self, view: View, content: Any, hash_seen: str = "") -> View:
        """Give a view other content, unless it changed since the bot looked."""
        if hash_seen and hash_seen != view.hash:
            raise SlackError("hash_conflict")
        view.content = self._checked(content)
        view.hash = self._hash()
        self.workspace.changed()
        return view

    def publish(self, user: str, content: Any, hash_seen: str = "") -> View:
        """Set a person's Home view."""
        known = self.workspace.homes.get(user)
        if known is not None:
            return self.update(known, content, hash_seen)
        view = self.workspace.homes[user] = self._new(user, content, "home")
        self.workspace.changed()
        return view

    def close(self, user: str, *, all_views: bool = False) -> list[View]:
        """Take modals off the screen; returns those that want to hear of it."""
        stack = self.workspace.modals.get(user) or []
        if all_views or (stack and stack[-1].content.get("clear_on_close")):
            closed, left = list(reversed(stack)), []
        else:
            closed, left = stack[-1:], stack[:-1]
        self.workspace.modals[user] = left
        self.workspace.changed()
        return [view for view in closed if view.content.get("notify_on_close")]

    def carry_out(self, user: str, view: View, answer: Any) -> Json:
        """Do what the acknowledgement of a submission says; returns its errors."""
        answer = answer or {}
        action = answer.get("response_action")
        try:
            if action == "errors":
                return self._errors(view, answer.get("errors") or {})
            if action == "update":
                self.update(view, answer.get("view"))
            elif action == "push":
                self.push(user, answer.get("view"))
            else:
                stack = self.workspace.modals.get(user) or []
                self.workspace.modals[user] = [] if action == "clear" else stack[:-1]
                self.workspace.changed()
        except SlackError as refusal:
            self.core.complaints.append(f"a submission was answered with {refusal.details}")
            raise
        return {}

    def _errors(self, view: View, errors: Json) -> Json:
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        if not errors or not errors.keys() <= inputs:
            raise SlackError("invalid_errors", named=sorted(errors), inputs=sorted(inputs))
        return errors

    def _new(self, user: str, content: Any, kind: str) -> View:
        content = self._checked(content)
        if content["type"] != kind:
            raise SlackError("invalid_arguments", expected=kind)
        view_id = self.workspace.new_id("V")
        return View(view_id, user, content, self._hash(), root_id=view_id)

    def _checked(self, content: Any) -> Json:
        problems = problems_of_view(content, self.core.faults.refused_blocks)
        if problems:
            raise SlackError("invalid_arguments", response_metadata={"messages": problems})
        complete_blocks(content["blocks"])
        return dict(content)

    def _hash(self) -> str:
        return f"{int(self.workspace.clock())}.{uuid.uuid4().hex[:8]}"
