import { confirm } from "../../ui/dialogs.js"
import { h, icon } from "../../ui/h.js"
import { t } from "../../ui/i18n.js"
import { asPlainText } from "../writing/answers.js"
import { copyText } from "../../ui/copy.js"

/** @typedef {import("../writing/answers.js").Answer} Answer */

/**
 * What somebody has written, question and answer, whole.
 * @param {Pick<Answer, "label" | "text">[]} answers
 */
export function answerList(answers) {
  return h(
    "dl",
    { class: "lv-answers" },
    ...answers.flatMap(({ label, text }) => [h("dt", {}, label), h("dd", { class: "lv-text" }, text)]),
  )
}

/** @returns {Promise<boolean>} whether somebody means to delete what is nowhere else */
export function isSureToDelete() {
  return confirm({
    title: t("Delete this text?"),
    text: t("It exists only on this device. It cannot be brought back."),
    yes: t("Delete it"),
    no: t("Keep it"),
  })
}

/** @param {Answer[]} answers */
export function copyButton(answers) {
  return actButton(t("Copy the text"), "Files", () => copyText(asPlainText(answers)))
}

/**
 * @param {string} text
 * @param {string} picture
 * @param {() => unknown} act
 */
export function actButton(text, picture, act) {
  return h(
    "button",
    { type: "button", class: "ds-button", "data-variant": "secondary", onclick: act },
    icon(picture),
    text,
  )
}
