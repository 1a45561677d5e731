/** A browser that saves large files slowly must still find them, in milliseconds. */
const KEPT_FOR = 60_000

/**
 * Let the browser save a file that was made here: nothing is sent, and it works without a network.
 * @param {{name: string, text: string}} file
 * @param {string} type of its content
 */
export function saveFile({ name, text }, type) {
  const address = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement("a")
  link.href = address
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(address), KEPT_FOR)
}
