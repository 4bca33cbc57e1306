// Show the bot's modal in a dialog, and tell the bot what was filled in.

import { drawBlocks } from "./blocks.js";
import { h, icon } from "./dom.js";
import { valuesIn } from "./elements.js";
import { plainText } from "./mrkdwn.js";
import { act } from "./server.js";

let shown = null; // {id, hash, dialog, values}

export function showModal(view, names) {
  if (!view) return hide();
  if (shown?.id === view.id && shown.hash === view.hash) return;
  const values = shown?.id === view.id ? valuesIn(shown.dialog) : {};
  const returnTo = shown?.returnTo ?? document.activeElement;
  hide();
  const dialog = draw(view, names);
  refill(dialog, values);
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector(".dialog-body :is(input, select, textarea)")?.focus();
  shown = { id: view.id, hash: view.hash, dialog, returnTo };
}

function hide() {
  if (!shown) return;
  const { dialog, returnTo } = shown;
  shown = null;
  dialog.remove();
  if (returnTo?.isConnected) returnTo.focus();
}

function draw(view, names) {
  const form = h("form", { onsubmit: (event) => { event.preventDefault(); submit(form); } });
  const close = () => act("close", { values: valuesIn(form) });
  const context = {
    names,
    act: (element, value) =>
      act("click", { target: view.id, action_id: element.action_id, value, given: valuesIn(form) }),
  };
  form.append(
    h("header", { class: "dialog-head" }, h("h2", { id: "modal-title" }, plainText(view.title)),
      h("button", { type: "button", class: "tool", "aria-label": "Close", onclick: close }, icon("close"))),
    h("div", { class: "dialog-body" }, drawBlocks(view.blocks, context)),
    h("footer", { class: "dialog-buttons" },
      h("button", { type: "button", class: "button", onclick: close }, view.close ? plainText(view.close) : "Cancel"),
      view.submit
        ? h("button", { type: "submit", class: "button primary", disabled: view.submit_disabled }, plainText(view.submit))
        : null));
  const dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title" }, form);
  // Esc: the view goes when the server says so, and the bot may want to hear of it.
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(); });
  return dialog;
}

async function submit(form) {
  for (const place of form.querySelectorAll(".field-error")) place.textContent = "";
  const { errors = {} } = await act("submit", { values: valuesIn(form) });
  const wrong = [...form.querySelectorAll("[data-block-id]")].filter((place) => place.dataset.blockId in errors);
  for (const place of wrong) place.querySelector(".field-error").textContent = errors[place.dataset.blockId];
  wrong[0]?.querySelector("input, select, textarea")?.focus();
}

// An updated view keeps what was typed so far.
function refill(dialog, values) {
  for (const node of dialog.querySelectorAll("[data-action-id]")) {
    const value = values[node.dataset.actionId];
    if (typeof value === "string" && "value" in node && !node.value) node.value = value;
  }
}
