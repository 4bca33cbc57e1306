// Run a workflow that is one step of the bot's, and show what it hands on.

import { byId, h, icon } from "./dom.js";
import { act } from "./server.js";

let latest = null; // the run that the state told of last
let awaited = null; // the id of the run whose outcome the dialog shows

export function openWorkflow(steps) {
  const [[callbackId, step]] = Object.entries(steps);
  const form = h("form", { onsubmit: (event) => { event.preventDefault(); run(callbackId, form); } },
    h("header", { class: "dialog-head" }, h("h2", { id: "workflow-title" }, `Workflow step: ${step.title}`),
      h("button", { type: "button", class: "tool", "aria-label": "Close", onclick: () => dialog.close() }, icon("close"))),
    h("div", { class: "dialog-body" }, h("p", { class: "hint" }, step.description),
      Object.keys(step.inputs).map((name) =>
        h("label", { class: "step-input" }, name, h("textarea", { class: "input", name, rows: 4 }))),
      h("div", { id: "run", class: "run", "aria-live": "polite" })),
    h("footer", { class: "dialog-buttons" }, h("button", { type: "submit", class: "button primary" }, "Run")));
  const dialog = h("dialog", { "aria-labelledby": "workflow-title", onclose: () => dialog.remove() }, form);
  awaited = null;
  document.body.append(dialog);
  dialog.showModal();
  form.querySelector("textarea")?.focus();
}

async function run(callbackId, form) {
  const answer = await act("run_step", { callback_id: callbackId, inputs: Object.fromEntries(new FormData(form)) });
  if (answer.ok) awaited = answer.id;
  drawRun(latest);
}

export function drawRun(run) {
  latest = run;
  const place = byId("run");
  if (!place || !run || run.id !== awaited) return;
  place.replaceChildren(h("p", {}, h("strong", {}, `The step is ${run.status}.`), run.error ? ` ${run.error}` : ""));
  if (!run.outputs) return;
  place.append(h("dl", {}, Object.entries(run.outputs).map(([name, value]) =>
    [h("dt", {}, name), h("dd", {}, String(value))])));
}
