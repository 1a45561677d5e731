// For pages of the server's: a button that takes a text along, and one that prints. Without this script, or a clipboard,
// there is no button, and one touch still marks the whole text (css/people.css).

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (navigator.clipboard && button instanceof HTMLButtonElement) offer(button)
}

for (const button of document.querySelectorAll("button[data-print]")) {
  if (button instanceof HTMLButtonElement) {
    button.hidden = false
    button.addEventListener("click", () => window.print())
  }
}

/** @param {HTMLButtonElement} button its `data-copy` is the id of what is copied, `data-answer` of where it is said */
function offer(button) {
  const source = document.getElementById(button.dataset.copy ?? "")
  const answer = document.getElementById(button.dataset.answer ?? "")
  if (!source || !answer) return
  button.hidden = false
  button.addEventListener("click", async () => {
    const lines = (source.textContent ?? "").split("\n").map((line) => line.trim())
    const text = lines.filter(Boolean).join("\n")
    const isCopied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    )
    answer.textContent = (isCopied ? answer.dataset.done : answer.dataset.refused) ?? ""
  })
}
