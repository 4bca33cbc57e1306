// Draw the page from the state the pretend Slack sends, and keep track of what is open.

import { drawBlocks } from "./blocks.js";
import { makeComposer } from "./composer.js";
import { append, byId, h, icon, keep } from "./dom.js";
import { redrawn, valuesIn } from "./elements.js";
import { EXAMPLES } from "./examples.js";
import { closeMenu } from "./menu.js";
import { drawMessage } from "./message.js";
import { showModal } from "./modal.js";
import { unescape } from "./mrkdwn.js";
import { act, announce, follow } from "./server.js";
import { drawRun, openWorkflow } from "./workflow.js";

let state = null;
const seen = new Map(); // the newest message seen, by channel
const WIDE = matchMedia("(min-width: 60rem)");

// Where we are is in the address, so that back, forward and reload work: #channel/thread, #home.
function whereabouts() {
  const [place, thread = null] = location.hash.slice(1).split("/");
  const channel = state.channels.find((one) => one.id === place);
  if (place === "home") return { channel: direct(), isHome: true, thread: null };
  return { channel: channel ?? state.channels[0], isHome: false, thread };
}

const direct = () => state.channels.find((one) => one.kind === "im");
const go = (hash) => (location.hash = hash);

const names = {
  person: (id) => state.people[id]?.label ?? id,
  channel: (id) => state.channels.find((one) => one.id === id)?.name ?? id,
  people: () => Object.entries(state.people).map(([id, person]) => [id, person.label]),
  channels: () => state.channels.filter((one) => one.name).map((one) => [one.id, one.name]),
};

const composer = makeComposer({
  id: "composer", voices: true, target: () => ({ channel: whereabouts().channel.id }),
});
const threadComposer = makeComposer({
  id: "thread-composer",
  target: () => ({ channel: whereabouts().channel.id, thread_ts: whereabouts().thread }),
});

function draw() {
  const place = whereabouts();
  drawSidebar(place);
  drawHead(place);
  drawChannel(place);
  drawHome(place);
  drawThread(place);
  drawPrompts(place);
  drawRun(state.run);
  showModal(state.modal, names);
}

function drawSidebar({ channel, isHome }) {
  const { bot } = state;
  byId("bot-status").textContent = bot.is_connected ? `${bot.name} is connected` : `Waiting for ${bot.name}…`;
  byId("bot-status").dataset.connected = bot.is_connected;
  const places = state.channels.filter((one) => one.kind !== "im").map((one) => ({
    id: one.id, label: one.name, mark: "#", isCurrent: one === channel, isNew: isNew(one, channel),
  }));
  keep(byId("channels"), places, (one) => one.id, drawPlace);
  const dm = direct();
  const app = { id: dm.id, label: bot.name, mark: "✉", isCurrent: dm === channel, isNew: isNew(dm, channel) };
  keep(byId("apps"), [{ ...app, isCurrent: app.isCurrent || isHome }], (one) => one.id, drawPlace);
  byId("workflows").hidden = !Object.keys(state.steps).length;
  drawComplaints();
}

function drawPlace({ id, label, mark, isCurrent, isNew }) {
  return h("a", {
    href: `#${id}`, class: isNew ? "place new" : "place", "aria-current": isCurrent ? "page" : null,
  }, h("span", { class: "mark", "aria-hidden": "true" }, mark), label,
    isNew ? h("span", { class: "visually-hidden" }, " (new)") : null);
}

function drawComplaints() {
  const box = byId("complaints");
  box.hidden = !state.complaints.length;
  box.querySelector("summary").textContent = `Slack would object (${state.complaints.length})`;
  box.querySelector("ul").replaceChildren(...state.complaints.map((one) => h("li", {}, one)));
}

function isNew(channel, current) {
  const newest = channel.messages.at(-1)?.ts ?? "0";
  if (channel === current || !seen.has(channel.id)) seen.set(channel.id, newest);
  return newest > seen.get(channel.id);
}

function drawHead({ channel, isHome }) {
  const isDirect = channel.kind === "im";
  byId("title").textContent = isDirect ? state.bot.name : `# ${channel.name}`;
  byId("purpose").textContent = isDirect ? "What it does, and a place to ask it" : channel.purpose;
  document.title = `${isDirect ? state.bot.name : `#${channel.name}`} · SMTP bot playground`;
  const remove = h("button", {
    type: "button", class: "button small", onclick: () => act("remove", { channel: channel.id }),
  }, "Remove the bot");
  byId("head-actions").replaceChildren(...(isDirect || !channel.has_bot ? [] : [remove]));
  const tab = (label, hash, isOn) =>
    h("a", { href: `#${hash}`, role: "tab", "aria-selected": String(isOn) }, label);
  byId("tabs").hidden = !isDirect;
  byId("tabs").replaceChildren(tab("Messages", channel.id, !isHome), tab("Home", "home", isHome));
}

function drawChannel({ channel, isHome }) {
  const list = byId("messages");
  list.hidden = byId("foot").hidden = isHome;
  if (list.dataset.channel !== channel.id) {
    list.replaceChildren();
    list.dataset.channel = channel.id;
  }
  const shown = channel.messages.filter(isInChannel);
  fill(list, shown, view(false));
  if (!shown.length) list.replaceChildren(welcome(channel));
  const invitation = byId("invitation");
  invitation.hidden = channel.has_bot;
  invitation.replaceChildren(`${state.bot.name} is not in this channel and reads nothing here. `,
    h("button", { type: "button", class: "button small primary", onclick: () => act("invite", { channel: channel.id }) },
      `Invite ${state.bot.name}`));
  const where = channel.kind === "im" ? state.bot.name : `#${channel.name}`;
  composer.update({ label: `Message ${where}, or type /`, known: state.commands });
}

const isInChannel = (message) =>
  !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast";

function welcome(channel) {
  const text = channel.has_bot
    ? "Paste a mail error here, or click an example below. The bot answers errors in a thread and lets chatter be."
    : "The bot hears only the channels it was invited to.";
  return h("p", { class: "welcome" }, text);
}

// What the bot suggests to ask: a click sends it, as in Slack.
function drawPrompts({ channel, isHome }) {
  const box = byId("prompts");
  const { title, prompts } = channel.prompts ?? { prompts: [] };
  box.hidden = isHome || !prompts.length;
  box.setAttribute("aria-label", title || "Suggested prompts");
  box.replaceChildren(h("span", { class: "examples-label" }, title), ...prompts.map((one) =>
    h("button", { type: "button", class: "chip", title: one.message, onclick: () => composer.send(one.message) }, one.title)));
}

// Tell the bot that someone looks at it: each time they come from elsewhere, as Slack does.
let visited = "";
function visit() {
  const { channel, isHome } = whereabouts();
  const place = channel.kind === "im" ? (isHome ? "home" : "messages") : "";
  if (place && place !== visited) act("home", { tab: place });
  visited = place;
}

function view(isThread) {
  const { channel } = whereabouts();
  return {
    names, isThread, you: state.you, bot: state.bot.id, shortcuts: state.shortcuts,
    openThread: (ts) => go(`${channel.id}/${ts}`),
  };
}

// Stay at the end when we were there, and stay put when someone reads further up. What is only for
// us we have just asked for, so it is shown in any case.
function fill(list, messages, how) {
  const wasAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const newest = messages.at(-1);
  const isForMe = newest?.user === state.you || newest?.is_ephemeral;
  const isMine = isForMe && list.dataset.newest !== newest.ts;
  list.dataset.newest = newest?.ts;
  keep(list, messages, (message) => message.ts, (message) => drawMessage(message, how));
  if (!wasAtEnd && !isMine) return;
  // Of an answer taller than the window, show the beginning.
  const last = list.lastElementChild;
  const isTall = last && last.offsetHeight > list.clientHeight * 0.9;
  list.scrollTop = isTall ? last.offsetTop - list.offsetTop : list.scrollHeight;
}

function drawHome({ isHome }) {
  const home = byId("home");
  home.hidden = !isHome;
  const { home: view } = state;
  const signature = JSON.stringify(view);
  if (home.signature === signature) return;
  home.signature = signature;
  const context = {
    names,
    act: (element, value) =>
      act("click", { target: view.id, action_id: element.action_id, value, given: valuesIn(home) }),
  };
  redrawn(home, () => {
    home.replaceChildren();
    append(home, view ? drawBlocks(view.blocks, context) : [h("p", { class: "welcome" }, "The bot has not published a Home tab.")]);
  });
}

function drawThread({ channel, thread }) {
  const pane = byId("thread");
  const messages = channel.messages.filter((one) => thread && (one.ts === thread || one.thread_ts === thread));
  const wasHidden = pane.hidden;
  pane.hidden = !messages.length;
  byId("layout").dataset.thread = String(!pane.hidden);
  if (pane.hidden) return;
  const list = byId("replies");
  if (list.dataset.thread !== thread) {
    list.replaceChildren();
    list.dataset.thread = thread;
  }
  const place = channel.name ? `# ${channel.name}` : state.bot.name;
  byId("thread-place").textContent = messages[0].session_title || place;
  fill(list, messages, view(true));
  threadComposer.update({ label: "Reply in thread", known: state.commands });
  if (wasHidden && !WIDE.matches) byId("close-thread").focus();
}

// Say aloud what others wrote, and open the thread in which the bot answers us.
function heed(before, after) {
  const known = new Set(before.channels.flatMap((one) => one.messages.map((m) => m.ts)));
  for (const channel of after.channels) {
    for (const message of channel.messages) {
      if (known.has(message.ts) || message.user === after.you) continue;
      announce(`${message.username ?? names.person(message.user)}: ${unescape(message.text)}`);
      const parent = channel.messages.find((one) => one.ts === message.thread_ts);
      const here = whereabouts();
      const isForUs = parent?.user === after.you && message.user === after.bot.id;
      if (isForUs && here.channel === channel && !here.thread && WIDE.matches) {
        history.replaceState(null, "", `#${channel.id}/${parent.ts}`);
      }
    }
  }
}

function closeThread() {
  const { channel, thread } = whereabouts();
  go(channel.id);
  document.querySelector(`#messages [data-key="${CSS.escape(thread ?? "")}"] .replies`)?.focus();
}

function toggleSidebar(isOpen = !document.body.classList.contains("sidebar-open")) {
  document.body.classList.toggle("sidebar-open", isOpen);
  byId("open-sidebar").setAttribute("aria-expanded", String(isOpen));
  if (isOpen) byId("sidebar").querySelector("a")?.focus();
}

function wire() {
  byId("composer-place").append(composer.node);
  byId("thread-composer-place").append(threadComposer.node);
  byId("open-sidebar").append(icon("menu"));
  byId("open-sidebar").addEventListener("click", () => toggleSidebar());
  byId("close-thread").append(icon("close"));
  byId("close-thread").addEventListener("click", closeThread);
  byId("run-step").addEventListener("click", () => openWorkflow(state.steps));
  byId("sidebar").addEventListener("click", (event) => event.target.closest("a") && toggleSidebar(false));
  byId("examples").append(h("span", { class: "examples-label" }, "Try"),
    ...EXAMPLES.map(({ label, text }) =>
      h("button", { type: "button", class: "chip", title: text, onclick: () => composer.send(text) }, label)));
  addEventListener("pointerdown", (event) => {
    const isOutside = !event.target.closest("#sidebar, #open-sidebar");
    if (isOutside && document.body.classList.contains("sidebar-open")) toggleSidebar(false);
  });
  addEventListener("hashchange", () => {
    if (!state) return;
    closeMenu();
    visit();
    draw();
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
    if (document.body.classList.contains("sidebar-open")) toggleSidebar(false);
    else if (state && whereabouts().thread) closeThread();
  });
}

wire();
follow(
  (next) => {
    const before = state;
    state = next;
    document.body.classList.remove("lost");
    if (before) heed(before, next);
    else visit();
    draw();
  },
  () => {
    document.body.classList.add("lost");
    byId("bot-status").textContent = "The playground is not running";
    byId("bot-status").dataset.connected = false;
  },
);
