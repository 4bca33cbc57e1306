// Talk to the pretend Slack: follow its state, and tell it what the person does.

import { byId } from "./dom.js";

export function follow(onState, onLost) {
  const source = new EventSource("/page/live");
  source.onmessage = (event) => onState(JSON.parse(event.data));
  source.onerror = onLost;
}

export async function act(action, body = {}) {
  let answer;
  try {
    const response = await fetch(`/page/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    answer = await response.json();
  } catch {
    answer = { ok: false, problem: "The playground does not answer. Is it still running?" };
  }
  if (!answer.ok) notice(answer.problem);
  return answer;
}

let fading;

export function notice(text) {
  const place = byId("notice");
  place.textContent = text;
  place.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => (place.hidden = true), 8000);
}

export function announce(text) {
  byId("announcer").textContent = text;
}
