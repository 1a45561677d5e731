import { t } from "../../ui/i18n.js"

/**
 * Why the server would not have it, in the person's language: in its own words when it sent any.
 * @param {{reason: string, text: string | null}} refused
 */
export function reasonText({ reason, text }) {
  /** @type {Record<string, string>} */
  const own = {
    device_revoked: t("This device has been taken out of use by you or your leader."),
    device_unknown: t("The server does not know this device. Sign in once, and try again."),
    seal_unreadable: t("The server could not open it. Try again, and it is packed anew."),
    entry_unknown: t("What this belonged to is not there any more."),
    scope_unknown: t("The session or the series it belonged to is not there any more."),
    not_yours: t("You may not change this text, or not any more."),
    invalid_field: t("Something in it has to be changed first."),
    too_large: t("It is too long to be sent in one piece. Make it shorter, and save it again."),
  }
  return text ?? own[reason] ?? t("The server could not take it in.")
}
