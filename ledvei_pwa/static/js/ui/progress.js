import { find } from "./h.js"
import { progressWords } from "./sync_words.js"

/** @typedef {import("./sync_words.js").Progress} Progress */

/**
 * How far sending or fetching is: a bar, and the same in words. Without a number the bar says only that it goes on.
 * @param {ParentNode} root holds `[data-progress]` with a `progress` and `[data-progress-text]` in it
 * @param {Progress | null} progress
 * @param {{isShown: boolean, text?: string}} how `text`: while there is no number
 */
export function showProgress(root, progress, { isShown, text = "" }) {
  const place = find(root, "[data-progress]")
  place.hidden = !isShown
  if (!isShown) return
  const words = progress?.total ? progressWords(progress) : text
  const line = find(place, "[data-progress-text]")
  if (line.textContent !== words) line.textContent = words
  const bar = /** @type {HTMLProgressElement} */ (find(place, "progress"))
  if (!progress?.total) return bar.removeAttribute("value")
  bar.max = progress.total
  bar.value = progress.done
}
