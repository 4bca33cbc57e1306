// Draw what people click and fill in, and read what they filled in.

import { h, icon } from "./dom.js";
import { mrkdwn, plainText } from "./mrkdwn.js";
import { openMenu } from "./menu.js";

// `context` has `names` and `act(element, value)`: tell the bot. Without `act` (an input block
// that does not dispatch) choosing tells nobody until the form is submitted.
export function drawElement(element, context) {
  const draw = DRAW[element.type];
  if (!draw) return h("em", { class: "unknown" }, `[${element.type}]`);
  return draw(element, context);
}

const label = (element) => element.accessibility_label ?? null;

function button(element, { act }) {
  const go = () => confirmed(element.confirm, () => act(element, element.value));
  const style = ["primary", "danger"].includes(element.style) ? element.style : "";
  return h(
    "button",
    { type: "button", class: `button ${style}`, "aria-label": label(element), onclick: go },
    plainText(element.text), element.url ? " ↗" : null,
  );
}

function confirmed(confirm, go) {
  if (!confirm) return go();
  const dialog = h("dialog", { class: "confirm", onclose: () => dialog.remove() });
  const done = (isYes) => () => { dialog.close(); if (isYes) go(); };
  dialog.append(
    h("h2", {}, plainText(confirm.title)),
    h("p", {}, text(confirm.text, { person: String, channel: String })),
    h("div", { class: "dialog-buttons" },
      h("button", { type: "button", class: "button", onclick: done(false) }, plainText(confirm.deny)),
      h("button", {
        type: "button", class: `button ${confirm.style === "danger" ? "danger" : "primary"}`,
        onclick: done(true),
      }, plainText(confirm.confirm))),
  );
  document.body.append(dialog);
  dialog.showModal();
}

function feedback(element, { act }) {
  const side = (one, name) =>
    h("button", {
      type: "button", class: "button small", "aria-label": label(one),
      onclick: () => act(element, one.value),
    }, h("span", { "aria-hidden": "true" }, name), " ", plainText(one.text));
  return h("span", { class: "feedback", role: "group" },
    side(element.positive_button, "👍"), side(element.negative_button, "👎"));
}

function overflow(element, { act }) {
  const items = element.options.map((option) => ({
    label: plainText(option.text),
    act: () => confirmed(element.confirm, () => act(element, option.value)),
  }));
  return h("button", {
    type: "button", class: "button icon-only", "aria-label": "More actions",
    "aria-haspopup": "menu", "aria-expanded": "false",
    onclick: (event) => openMenu(event.currentTarget, items, { label: "More actions" }),
  }, icon("more"));
}

function select(element, context) {
  const choices = OPTIONS[element.type]?.(context) ?? choicesOf(element);
  const initial = element.initial_option?.value ?? element.initial_user ??
    element.initial_channel ?? element.initial_conversation ?? "";
  const node = h("select", {
    ...named(element), class: "select",
    "aria-label": element.placeholder ? plainText(element.placeholder) : "Choose",
  }, h("option", { value: "" }, element.placeholder ? plainText(element.placeholder) : "Choose…"),
    choices);
  node.value = initial;
  node.readValue = () => node.value || null;
  return dispatching(node, element, context);
}

const OPTIONS = {
  users_select: ({ names }) => names.people().map(([id, name]) => h("option", { value: id }, name)),
  channels_select: ({ names }) =>
    names.channels().map(([id, name]) => h("option", { value: id }, `#${name}`)),
  conversations_select: (context) =>
    [...OPTIONS.channels_select(context), ...OPTIONS.users_select(context)],
};

function choicesOf(element) {
  const one = (option) => h("option", { value: option.value }, plainText(option.text));
  if (!element.option_groups) return (element.options ?? []).map(one);
  return element.option_groups.map((group) =>
    h("optgroup", { label: plainText(group.label) }, group.options.map(one)));
}

function ticks(kind) {
  return (element, context) => {
    const isMany = kind === "checkbox";
    const initial = isMany
      ? (element.initial_options ?? []).map((option) => option.value)
      : [element.initial_option?.value];
    const group = `tick-${Math.random().toString(36).slice(2)}`;
    const choices = element.options ?? element.option_groups?.flatMap((g) => g.options) ?? [];
    const inputs = choices.map((option) =>
      h("input", {
        type: kind, name: group, value: option.value, checked: initial.includes(option.value),
      }));
    const node = h("div", { ...named(element), class: "ticks", role: isMany ? "group" : "radiogroup" },
      inputs.map((input, place) =>
        h("label", {}, input, h("span", {}, text(choices[place].text, context.names),
          choices[place].description
            ? h("small", {}, text(choices[place].description, context.names)) : null))));
    const chosen = () => inputs.filter((input) => input.checked).map((input) => input.value);
    node.readValue = () => (isMany ? chosen() : chosen()[0] ?? null);
    return dispatching(node, element, context);
  };
}

function typed(type) {
  return (element, context) => {
    const tag = element.multiline ? "textarea" : "input";
    const node = h(tag, {
      ...named(element), class: "input", type: tag === "input" ? type : null, rows: 4,
      placeholder: element.placeholder ? plainText(element.placeholder) : null,
      minlength: element.min_length, maxlength: element.max_length,
      step: element.is_decimal_allowed ? "any" : null,
    });
    node.value = element.initial_value ?? element.initial_date ?? element.initial_time ?? "";
    node.readValue = () => node.value || null;
    return dispatching(node, element, context);
  };
}

// An element outside a form, or one with dispatch_action, tells the bot as soon as it changes; one
// to type in when its dispatch_action_config says so, which is on Enter if it says nothing.
function dispatching(node, element, context) {
  if (!context.act) return node;
  const tell = () => context.act(element, node.readValue());
  if (!element.type.endsWith("_input")) {
    node.addEventListener("change", tell);
    return node;
  }
  const when = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (when.includes("on_character_entered")) node.addEventListener("input", tell);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !node.matches("input")) return;
    event.preventDefault();
    if (when.includes("on_enter_pressed")) tell();
  });
  return node;
}

const named = (element) => ({ "data-action-id": element.action_id });

// What a message or form holds, by action id.
export function valuesIn(container) {
  const values = {};
  for (const node of container.querySelectorAll("[data-action-id]")) {
    if (node.readValue) values[node.dataset.actionId] = node.readValue();
  }
  return values;
}

// Draw anew, and keep what was filled in where block and action are called the same, as Slack does.
export function redrawn(container, draw) {
  const nodes = () => [...container.querySelectorAll(":is(input, select, textarea)[data-action-id]")];
  const name = (node) => `${node.closest("[data-block-id]").dataset.blockId} ${node.dataset.actionId}`;
  const values = new Map(nodes().map((node) => [name(node), node.value]));
  const focused = nodes().find((node) => node === document.activeElement);
  const focusOn = focused && name(focused);
  const { scrollTop } = container;
  draw();
  for (const node of nodes()) {
    if (values.has(name(node))) node.value = values.get(name(node));
    if (name(node) === focusOn) node.focus({ preventScroll: true });
  }
  container.scrollTop = scrollTop;
}

export function text(object, names) {
  return object.type === "mrkdwn" ? mrkdwn(object.text, names) : plainText(object);
}

const iconButton = (element, { act }) =>
  h("button", {
    type: "button", class: "button small", "aria-label": label(element),
    onclick: () => confirmed(element.confirm, () => act(element, element.value)),
  }, element.icon === "trash" ? "🗑 " : null, plainText(element.text));

const DRAW = {
  button, overflow,
  icon_button: iconButton,
  feedback_buttons: feedback,
  static_select: select, users_select: select, channels_select: select,
  conversations_select: select,
  multi_static_select: ticks("checkbox"), checkboxes: ticks("checkbox"),
  radio_buttons: ticks("radio"),
  plain_text_input: typed("text"), number_input: typed("number"),
  email_text_input: typed("email"), url_text_input: typed("url"),
  datepicker: typed("date"), timepicker: typed("time"),
};
