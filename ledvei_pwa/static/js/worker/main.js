// All that the worker is made of: static/sw.js ties it to the browser's events.
export { languageHere } from "../store/meta.js"
export { Store } from "../store/db.js"
export { announce } from "./announce.js"
export { askOnlyHere, fileFor, install, languagesInUse, removeOldCaches } from "./files.js"
export { onNotificationClick, onPush } from "./push.js"
export { send } from "./send.js"
