// Draw one message with what can be done about it.

import { drawAttachment, drawBlocks, drawFile } from "./blocks.js";
import { append, h, icon } from "./dom.js";
import { valuesIn } from "./elements.js";
import { emoji, PICKER } from "./emoji.js";
import { openMenu } from "./menu.js";
import { mrkdwn, unescape } from "./mrkdwn.js";
import { act } from "./server.js";

const MINOR = new Set(["channel_join", "channel_leave", "tombstone"]);

// `view`: `names`, `you`, `shortcuts`, `isThread`, and `openThread(ts)`.
export function drawMessage(message, view) {
  const { names } = view;
  if (MINOR.has(message.subtype)) {
    return h("article", { class: "message minor" }, h("div", { class: "text" }, mrkdwn(message.text, names)), time(message));
  }
  const author = message.username || names.person(message.user);
  const isBot = Boolean(message.bot_id || message.username);
  const node = h("article", {
    class: message.is_ephemeral ? "message ephemeral" : "message", "aria-label": `${author} at ${clock(message.ts)}`,
  });
  append(node, [
    avatar(author, isBot, message.user === view.bot),
    h("div", { class: "message-main" },
      message.is_ephemeral
        ? h("p", { class: "only-you" }, icon("eye"), "Only visible to you") : null,
      h("header", {}, h("strong", {}, unescape(author)), isBot ? h("span", { class: "badge" }, "APP") : null, time(message)),
      message.subtype === "thread_broadcast" && !view.isThread
        ? h("small", { class: "hint" }, "replied to a thread") : null,
      body(message, node, view),
      reactions(message, view),
      replies(message, view)),
    toolbar(message, node, view),
  ]);
  return node;
}

function body(message, node, view) {
  const context = { names: view.names, act: (element, value) => click(message, node, element, value) };
  const edited = message.edited ? h("small", { class: "hint" }, " (edited)") : null;
  const blocks = message.blocks ?? [];
  return h("div", { class: "message-body" },
    blocks.length ? drawBlocks(blocks, context) : h("div", { class: "text" }, mrkdwn(message.text, view.names), edited),
    blocks.length ? edited : null,
    (message.attachments ?? []).map((one) => drawAttachment(one, context)),
    (message.files ?? []).map(drawFile));
}

async function click(message, node, element, value) {
  if (element.url) window.open(safeUrl(element.url), "_blank", "noopener,noreferrer");
  node.setAttribute("aria-busy", "true");
  await act("click", { target: message.ts, action_id: element.action_id, value, given: valuesIn(node) });
  node.removeAttribute("aria-busy");
}

const safeUrl = (url) => (/^https?:\/\//.test(url) ? url : "about:blank");

function reactions(message, { you, names }) {
  if (!message.reactions) return null;
  return h("div", { class: "reactions" }, message.reactions.map(({ name, users, count }) => {
    const isMine = users.includes(you);
    return h("button", {
      type: "button", class: "reaction", "aria-pressed": String(isMine), title: users.map(names.person).join(", "),
      "aria-label": `${name.replaceAll("_", " ")}, ${count}`,
      onclick: () => act("react", { ts: message.ts, name, remove: isMine }),
    }, emoji(name) ?? `:${name}:`, " ", count);
  }));
}

function replies(message, view) {
  if (!message.reply_count || view.isThread) return null;
  const many = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
  return h("button", { type: "button", class: "replies", onclick: () => view.openThread(message.ts) },
    icon("reply"), many, message.session_title ? h("em", { class: "session-title" }, message.session_title) : null,
    h("small", {}, ` last at ${clock(message.latest_reply)}`));
}

function toolbar(message, node, view) {
  if (message.is_ephemeral) return null;
  const react = (event) => pickReaction(event.currentTarget, message);
  return h("div", { class: "toolbar", role: "toolbar", "aria-label": "Message actions" },
    tool("Add a reaction", "smile", react, true),
    view.isThread ? null : tool("Reply in thread", "reply", () => view.openThread(message.ts)),
    tool("More actions", "more", (event) =>
      openMenu(event.currentTarget, moreItems(event.currentTarget, message, node, view), { label: "More actions" }), true));
}

function pickReaction(anchor, { ts }) {
  openMenu(anchor, PICKER.map((name) => ({
    label: emoji(name), title: name.replaceAll("_", " "), act: () => act("react", { ts, name }),
  })), { columns: 4, label: "Add a reaction" });
}

function tool(label, name, onclick, hasMenu = false) {
  return h("button", {
    type: "button", "aria-label": label, title: label, onclick,
    "aria-haspopup": hasMenu ? "menu" : null, "aria-expanded": hasMenu ? "false" : null,
  }, icon(name));
}

// Fingers get one button with everything in it; the others show on hover only.
const BY_TOUCH = matchMedia("(hover: none)");

function moreItems(anchor, message, node, view) {
  const { ts } = message;
  const first = [
    view.isThread ? null : { label: "Reply in thread", act: () => view.openThread(ts) },
    { label: "Add a reaction", act: () => pickReaction(anchor, message) },
  ];
  const items = BY_TOUCH.matches ? first.filter(Boolean) : [];
  items.push(...Object.entries(view.shortcuts).map(([callback_id, name]) => ({
    label: name, act: () => act("shortcut", { ts, callback_id }),
  })));
  items.push({ label: "Copy text", act: () => navigator.clipboard?.writeText(unescape(message.text)) });
  if (message.user === view.you) {
    items.push({ label: "Edit message", act: () => edit(message, node) });
    items.push({ label: "Delete message", act: () => act("delete", { ts }) });
  }
  return items;
}

function edit(message, node) {
  const area = h("textarea", { class: "input", rows: 3, "aria-label": "Edit message" });
  area.value = typedText(message.text);
  const place = node.querySelector(".message-body");
  const before = [...place.childNodes];
  const stop = () => place.replaceChildren(...before);
  const save = async () => {
    const answer = await act("edit", { ts: message.ts, text: area.value });
    if (answer.ok) stop();
  };
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { stop(); event.stopPropagation(); }
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); save(); }
  });
  place.replaceChildren(area, h("div", { class: "dialog-buttons" },
    h("button", { type: "button", class: "button", onclick: stop }, "Cancel"),
    h("button", { type: "button", class: "button primary", onclick: save }, "Save")));
  area.focus();
}

// The text as it was typed: links and mentions undone.
const typedText = (text) =>
  unescape(text.replace(/<(?:mailto:|https?:)[^<>|]*\|([^<>]*)>/g, "$1").replace(/<(https?:[^<>|]*)>/g, "$1"));

function avatar(name, isBot, isOurs) {
  const letter = [...name.replace(/^@/, "")][0]?.toUpperCase() ?? "?";
  const kind = isOurs ? "ours" : isBot ? "app" : name === "You" ? "me" : "person";
  return h("div", { class: `avatar ${kind}`, "aria-hidden": "true" }, isOurs ? icon("mail") : letter);
}

function time(message) {
  const moment = new Date(Number(message.ts) * 1000);
  return h("time", { datetime: moment.toISOString(), title: moment.toLocaleString() }, clock(message.ts));
}

export const clock = (ts) =>
  new Date(Number(ts) * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
