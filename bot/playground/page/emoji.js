// The emoji names a mail bot is likely to use; others show as their name.

const TABLE = {
  no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", warning: "⚠️", white_check_mark: "✅", heavy_check_mark: "✔️",
  x: "❌", question: "❓", grey_question: "❔", exclamation: "❗", information_source: "ℹ️",
  bulb: "💡", mag: "🔍", mag_right: "🔎", eyes: "👀", mute: "🔇", no_bell: "🔕", bell: "🔔",
  loud_sound: "🔊", email: "✉️", envelope: "✉️", "e-mail": "📧", incoming_envelope: "📨",
  envelope_with_arrow: "📩", mailbox: "📫", mailbox_closed: "📪", mailbox_with_mail: "📬",
  inbox_tray: "📥", outbox_tray: "📤", postbox: "📮", package: "📦", lock: "🔒", unlock: "🔓",
  key: "🔑", shield: "🛡️", robot_face: "🤖", wave: "👋", "+1": "👍", thumbsup: "👍",
  "-1": "👎", thumbsdown: "👎", ok_hand: "👌", pray: "🙏", tada: "🎉", heart: "❤️",
  thinking_face: "🤔", slightly_smiling_face: "🙂", sweat_smile: "😅", sob: "😭", joy: "😂",
  clock1: "🕐", alarm_clock: "⏰", stopwatch: "⏱️", timer_clock: "⏲️", calendar: "📆",
  repeat: "🔁", arrows_counterclockwise: "🔄", arrow_right: "➡️", arrow_down: "⬇️",
  arrow_up: "⬆️", point_right: "👉", link: "🔗", book: "📖", books: "📚", memo: "📝",
  pencil2: "✏️", pushpin: "📌", clipboard: "📋", bar_chart: "📊", chart_with_upwards_trend: "📈",
  gear: "⚙️", wrench: "🔧", hammer_and_wrench: "🛠️", fire: "🔥", rotating_light: "🚨",
  red_circle: "🔴", large_orange_circle: "🟠", large_yellow_circle: "🟡",
  large_green_circle: "🟢", large_blue_circle: "🔵", white_circle: "⚪", large_red_square: "🟥",
  globe_with_meridians: "🌐", house: "🏠", office: "🏢", bust_in_silhouette: "👤",
  busts_in_silhouette: "👥", speech_balloon: "💬", star: "⭐", zap: "⚡", snail: "🐌",
  seedling: "🌱", ghost: "👻", see_no_evil: "🙈", raised_hands: "🙌", rocket: "🚀",
};

export const PICKER = ["+1", "eyes", "mag", "mute", "white_check_mark", "thinking_face", "tada", "heart"];

export function emoji(name) {
  return TABLE[name] ?? null;
}

// Replace :names: in plain text.
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (all, name) => TABLE[name] ?? all);
}
