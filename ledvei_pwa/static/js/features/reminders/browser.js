// Which help fits. A browser that has blocked reminders can be asked for nothing, so its own name has to do.

/** @typedef {"chrome-android" | "samsung" | "edge-android" | "firefox-android" | "ios" | "safari-mac" | "firefox" | "edge" | "chrome"} Browser */

/**
 * @param {string} agent the browser's user agent
 * @param {number} [touchPoints] an iPad calls itself a Macintosh, but has a screen to touch
 * @returns {Browser}
 */
export function whichBrowser(agent, touchPoints = 0) {
  if (isApplePhone(agent, touchPoints)) return "ios"
  if (agent.includes("Android")) return onAndroid(agent)
  if (agent.includes("Firefox/")) return "firefox"
  if (agent.includes("Edg/")) return "edge"
  return agent.includes("Macintosh") && !agent.includes("Chrome/") ? "safari-mac" : "chrome"
}

/**
 * @param {string} agent
 * @param {number} touchPoints
 */
export function isApplePhone(agent, touchPoints) {
  return /iPhone|iPad|iPod/.test(agent) || (agent.includes("Macintosh") && touchPoints > 1)
}

/**
 * @param {string} agent
 * @returns {Browser}
 */
function onAndroid(agent) {
  if (agent.includes("Firefox/")) return "firefox-android"
  if (agent.includes("SamsungBrowser/")) return "samsung"
  return agent.includes("EdgA/") ? "edge-android" : "chrome-android"
}
