import { t } from "../../ui/i18n.js"
import { listed, nameOf } from "../../ui/readers.js"

/**
 * @typedef {import("../../store/notebook.js").Notebook} Notebook
 * @typedef {object} Circle a series as the one who reads sees it
 * @property {string} id
 * @property {boolean} isSupervisor
 * @property {boolean} isGroup
 * @property {boolean} ended
 * @property {string} supervisor id
 * @property {string[]} members ids
 * @property {string} title "Supervision with Ingvild"
 * @property {string} short "Ingvild"
 * @property {number} minutes
 * @property {string} place
 * @property {string} video
 */

/**
 * @param {Notebook} notebook
 * @param {string} id
 * @returns {Circle|null}
 */
export function circleOf(notebook, id) {
  const series = notebook.get("series", id)
  if (!series) return null
  const isSupervisor = series.supervisor === notebook.person.id
  const isGroup = series.form === "group"
  const others = (isSupervisor ? series.members : [series.supervisor]).filter(Boolean)
  const names = listed(others.map((/** @type {string} */ person) => nameOf(notebook, person)))
  const { supervisor, members, minutes } = series
  return {
    id,
    isSupervisor,
    isGroup,
    ended: Boolean(series.ended),
    supervisor,
    members,
    minutes,
    title: isGroup ? series.name || t("Group supervision") : t("Supervision with %(names)s", { names }),
    short: isGroup ? series.name || t("Group supervision") : names,
    place: series.place ?? "",
    video: String(series.video_link ?? "").startsWith("https://") ? series.video_link : "",
  }
}

/** @param {Notebook} notebook @returns {Circle[]} */
export function circlesOf(notebook) {
  return notebook
    .all("series")
    .map(({ id }) => circleOf(notebook, id))
    .filter((circle) => circle !== null)
}
