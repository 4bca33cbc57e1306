"""functions.*: an app says what became of a workflow's step."""

from __future__ import annotations

from ..core import Core
from ..records import Execution, Json
from ..tickets import SlackError
from .base import Arguments, Method

TYPES: dict[str, type] = {"string": str, "integer": int}


def succeed(core: Core, arguments: Arguments) -> Json:
    """functions.completeSuccess: with the outputs that the manifest promises, of their types."""
    execution = _running(core, arguments, "outputs")
    outputs = arguments.get("outputs")
    step = core.steps[execution.callback_id]
    promised, optional = step["outputs"], set(step.get("optional", ()))
    if not isinstance(outputs, dict) or not (
        promised.keys() - optional <= outputs.keys() <= promised.keys()
        and all(type(value) is TYPES[promised[name]] for name, value in outputs.items())
    ):
        raise SlackError("parameter_validation_failed")
    execution.status, execution.outputs = "completed", outputs
    core.workspace.changed()
    return {"ok": True}


def fail(core: Core, arguments: Arguments) -> Json:
    """functions.completeError: the workflow stops here and tells who made it why."""
    execution = _running(core, arguments, "error")
    execution.status, execution.error = "failed", arguments.text("error")
    core.workspace.changed()
    return {"ok": True}


def _running(core: Core, arguments: Arguments, more: str) -> Execution:
    arguments.need("function_execution_id", more)
    execution = core.executions.get(arguments.text("function_execution_id"))
    if execution is None:
        raise SlackError("function_execution_not_found")
    if execution.status != "running":
        raise SlackError("execution_not_in_running_state")
    return execution


METHODS = {
    "functions.completeSuccess": Method(succeed),
    "functions.completeError": Method(fail),
}
