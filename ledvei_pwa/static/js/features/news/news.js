import { formatDate, formatMoment, t, tn } from "../../ui/i18n.js"

/** @typedef {import("../../store/notebook.js").SyncState} SyncState */
/** @typedef {{texts?: number, first?: string, last_day?: string}} Notice how many of one's own texts go soon, the day of the first; one's last day */

/**
 * @typedef {object} News what has happened to a person's texts without their doing
 * @property {string} name
 * @property {string} picture
 * @property {"calm" | "warm"} tone warm: it needs them
 * @property {string} title
 * @property {string[]} texts
 * @property {"restored" | "emptied"} [dismiss] it goes when it has been read
 * @property {boolean} [setUp] it goes when the device is set up again
 * @property {{href: string, text: string}} [link] where more is said
 */

/**
 * What a person must know, in plain words, the one that needs them first. Nothing on most days.
 * @param {Pick<SyncState, "phase" | "problem" | "restored" | "emptied" | "sentAgain">} state
 * @param {{unsaved?: number, earlier?: {last_contact: string | null} | null, notice?: Notice | null}} [more] `unsaved`: texts that the device could
 *   not store; `earlier`: what the server remembers of this browser; `notice`: what it says of their texts
 * @returns {News[]}
 */
export function newsOf(state, { unsaved = 0, earlier = null, notice = null } = {}) {
  return [
    ...(unsaved > 0 ? [notStored(unsaved)] : []),
    ...deviceNews(state),
    ...(state.restored ? [restored(state.sentAgain)] : []),
    ...(state.emptied ? [emptied(earlier)] : []),
    ...(notice?.last_day ? [leaving(notice.last_day)] : []),
    ...(notice?.texts ? [going(notice.texts, notice.first ?? "")] : []),
  ]
}

/** @param {string} last @returns {News} */
function leaving(last) {
  const day = formatDate(last)
  return {
    name: "leaving",
    picture: "Information",
    tone: "warm",
    title: t("Your last day is %(day)s", { day }),
    texts: [],
    link: { href: "/my-last-day", text: t("See what happens, and what you can do before") },
  }
}

/** @param {number} texts @param {string} first @returns {News} */
function going(texts, first) {
  const day = formatDate(first)
  return {
    name: "going",
    picture: "Information",
    tone: "calm",
    title: tn("One of your texts is soon deleted.", "%(count)s of your texts are soon deleted.", texts),
    texts: [t("The first goes on %(day)s. You can keep it longer.", { day })],
    link: { href: "/my-keeping", text: t("See which") },
  }
}

/** @param {number} count @returns {News} */
function notStored(count) {
  return {
    name: "unsaved",
    picture: "Information",
    tone: "warm",
    title: tn(
      "One text could not be stored on this device.",
      "%(count)s texts could not be stored on this device.",
      count,
    ),
    texts: [t("It stands in this page for as long as you let it be open, and is tried again by itself.")],
  }
}

/** @param {Pick<SyncState, "phase" | "problem">} state @returns {News[]} */
function deviceNews({ phase, problem }) {
  if (phase !== "signed_out" || !problem) return []
  const titles = {
    device_unknown: t("The server does not know this device any more."),
    device_revoked: t("This device has been closed, by you or by your leader."),
  }
  const title = titles[/** @type {keyof typeof titles} */ (problem)]
  if (!title) return []
  const text = t(
    "Nothing you have written here is lost, and what you write now is kept too. Set up this device again, and all of it is sent.",
  )
  return [{ name: problem, picture: "Mobile", tone: "warm", title, texts: [text], setUp: true }]
}

/** @param {number} sentAgain @returns {News} */
function restored(sentAgain) {
  const again = tn(
    "One change that you had sent before is sent again from this device. You need do nothing.",
    "%(count)s changes that you had sent before are sent again from this device. You need do nothing.",
    sentAgain,
  )
  return {
    name: "restored",
    picture: "ArrowsCirclepath",
    tone: "calm",
    title: t("The service has been brought back from a backup."),
    texts: [sentAgain > 0 ? again : t("Nothing had to be sent again from this device.")],
    dismiss: "restored",
  }
}

/** @param {{last_contact: string | null} | null} earlier @returns {News} */
function emptied(earlier) {
  const last = earlier?.last_contact
  return {
    name: "emptied",
    picture: "Mobile",
    tone: "calm",
    title: t("The browser has emptied what lay on this device."),
    texts: [
      t("What you had sent is fetched again. What had not been sent from here is gone."),
      last ? t("The server last heard from this device %(moment)s.", { moment: formatMoment(last) }) : "",
      t("It happens least when Ledvei is on the home screen and is opened now and then."),
    ].filter(Boolean),
    dismiss: "emptied",
  }
}
