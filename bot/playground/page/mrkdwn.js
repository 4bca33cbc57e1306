// Turn Slack's mrkdwn into DOM nodes. Whatever is not markup stays text.

import { h } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";

// &amp; last, or &amp;lt; would be undone twice.
export const unescape = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

export function plainText(object) {
  const text = unescape(object?.text ?? "");
  return object?.emoji === false ? text : withEmoji(text);
}

export function mrkdwn(text, names) {
  const nodes = [];
  for (const [place, part] of text.split("```").entries()) {
    if (place % 2 && text.split("```").length > place + 1) {
      nodes.push(h("pre", {}, withoutMarkup(part.replace(/^\n|\n$/g, ""), names)));
    } else if (part) {
      nodes.push(...paragraphs(part.replace(/^\n/, place ? "" : "\n"), names));
    }
  }
  return nodes;
}

// Quoted lines become quotes; all else is inline.
function paragraphs(text, names) {
  const nodes = [];
  let quoted = [], plain = [];
  const flush = () => {
    if (quoted.length) nodes.push(h("blockquote", {}, inline(quoted.join("\n"), names)));
    if (plain.length) nodes.push(...inline(plain.join("\n"), names));
    quoted = [];
    plain = [];
  };
  for (const line of text.split("\n")) {
    const isQuoted = line.startsWith("&gt;");
    if (isQuoted !== quoted.length > 0 && (quoted.length || plain.length)) flush();
    if (isQuoted) quoted.push(line.replace(/^&gt; ?/, ""));
    else plain.push(line);
  }
  flush();
  return nodes;
}

const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "<(?<control>[^<>\\n]+)>",
    "(?<![\\w*])\\*(?<bold>[^*\\s](?:[^*\\n]*[^*\\s])?)\\*(?![\\w*])",
    "(?<![\\w_])_(?<italic>[^_\\s](?:[^_\\n]*[^_\\s])?)_(?![\\w_])",
    "(?<![\\w~])~(?<strike>[^~\\s](?:[^~\\n]*[^~\\s])?)~(?![\\w~])",
    ":(?<emoji>[a-z0-9_+-]+):",
    "(?<url>https?://[^\\s<>|]*[^\\s<>|.,;:!?)'\"])",
  ].join("|"),
  "g",
);

export function inline(text, names) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    if (found.index > end) nodes.push(unescape(text.slice(end, found.index)));
    nodes.push(styled(found, names));
    end = found.index + found[0].length;
  }
  if (end < text.length) nodes.push(unescape(text.slice(end)));
  return nodes;
}

function styled(found, names) {
  const { code, control, bold, italic, strike, url } = found.groups;
  if (code) return h("code", {}, withoutMarkup(code, names));
  if (control) return controlSequence(control, names);
  if (bold) return h("strong", {}, inline(bold, names));
  if (italic) return h("em", {}, inline(italic, names));
  if (strike) return h("s", {}, inline(strike, names));
  if (url) return link(unescape(url), unescape(url));
  return emoji(found.groups.emoji) ?? found[0];
}

// Code keeps its characters; only Slack's links in it are undone.
function withoutMarkup(text, names) {
  return text.split(/(<[^<>\n]+>)/).map((part) =>
    part.startsWith("<") ? controlSequence(part.slice(1, -1), names) : unescape(part),
  );
}

function controlSequence(control, names) {
  const [target, label] = control.split("|", 2);
  if (target.startsWith("@")) return mention(`@${label ?? names.person(target.slice(1))}`);
  if (target.startsWith("#")) return mention(`#${label ?? names.channel(target.slice(1))}`);
  if (target.startsWith("!date^")) return dated(target, unescape(label ?? ""));
  if (target.startsWith("!")) return mention(`@${label ?? target.slice(1).split("^")[0]}`, true);
  return link(unescape(target), unescape(label ?? target.replace(/^mailto:/, "")));
}

// A moment in the zone of the reader: <!date^1700000000^{date_short} at {time}|fallback>.
function dated(target, fallback) {
  const [, seconds, format = ""] = target.split("^");
  const moment = new Date(Number(seconds) * 1000);
  if (Number.isNaN(moment.getTime())) return fallback;
  const parts = {
    date: { dateStyle: "long" }, date_short: { dateStyle: "medium" }, date_long: { dateStyle: "full" },
    time: { timeStyle: "short" }, time_secs: { timeStyle: "medium" },
  };
  const shown = format.replace(/\{(\w+?)(?:_pretty)?\}/g, (token, part) =>
    parts[part] ? new Intl.DateTimeFormat([], parts[part]).format(moment) : token);
  return h("time", { datetime: moment.toISOString(), title: fallback }, unescape(shown));
}

export function mention(text, isLoud = false) {
  return h("span", { class: isLoud ? "mention loud" : "mention" }, text);
}

export function link(target, label) {
  let scheme = "";
  try {
    scheme = new URL(target).protocol;
  } catch {
    return label;
  }
  if (!["http:", "https:", "mailto:"].includes(scheme)) return label;
  return h("a", { href: target, target: "_blank", rel: "noopener noreferrer" }, label);
}
