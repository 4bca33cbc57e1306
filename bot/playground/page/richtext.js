// Draw rich_text blocks: sections, lists, preformatted text and quotes.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { link, mention } from "./mrkdwn.js";

export function richText(block, names) {
  return h("div", { class: "rich" }, lists(block.elements).map((one) => element(one, names)));
}

// Neighbouring lists of deeper indent belong inside the item before them.
function lists(elements) {
  const top = [];
  for (const one of elements) {
    const before = top.at(-1);
    const isDeeper = one.type === "rich_text_list" && before?.type === "rich_text_list" &&
      (one.indent ?? 0) > (before.indent ?? 0);
    if (isDeeper) (before.nested ??= []).push({ after: before.elements.length - 1, list: one });
    else top.push({ ...one });
  }
  return top;
}

function element(one, names) {
  if (one.type === "rich_text_preformatted") return h("pre", {}, leaves(one, names));
  if (one.type === "rich_text_quote") return h("blockquote", {}, leaves(one, names));
  if (one.type !== "rich_text_list") return h("div", { class: "text" }, leaves(one, names));
  const start = one.offset ? one.offset + 1 : null;
  const items = one.elements.map((item, place) =>
    h("li", {}, leaves(item, names),
      (one.nested ?? []).filter((n) => n.after === place).map((n) => element(n.list, names))),
  );
  return h(one.style === "ordered" ? "ol" : "ul", { start }, items);
}

function leaves(one, names) {
  return one.elements.map((part) => leaf(part, names));
}

function leaf(part, names) {
  const style = part.style ?? {};
  let node = content(part, names);
  if (style.code) node = h("code", {}, node);
  if (style.bold) node = h("strong", {}, node);
  if (style.italic) node = h("em", {}, node);
  if (style.strike) node = h("s", {}, node);
  return node;
}

function content(part, names) {
  switch (part.type) {
    case "link":
      return link(part.url, part.text ?? part.url.replace(/^mailto:/, ""));
    case "emoji":
      return emoji(part.name) ?? `:${part.name}:`;
    case "user":
      return mention(`@${names.person(part.user_id)}`);
    case "channel":
      return mention(`#${names.channel(part.channel_id)}`);
    case "broadcast":
      return mention(`@${part.range}`, true);
    case "date":
      return part.fallback ?? new Date(part.timestamp * 1000).toLocaleString();
    default:
      return part.text ?? "";
  }
}
