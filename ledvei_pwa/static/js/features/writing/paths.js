import { language } from "../../ui/i18n.js"

/** The address of a view, with the language: what a link needs. @param {string} path `/supervision` */
export const addressOf = (path) => `/${language()}${path}`
