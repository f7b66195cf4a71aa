/* Finding conversations; without it, all are there. */
const find = document.querySelector(".find");
if (find) {
  const cases = [...document.querySelectorAll(".case")];
  const words = find.querySelector("input");
  const buttons = [...find.querySelectorAll("button")];
  let show = "all";
  const apply = () => {
    const term = words.value.trim().toLowerCase();
    let left = 0;
    for (const one of cases) {
      const fits = (show === "all" || one.classList.contains(show)) && one.textContent.toLowerCase().includes(term);
      one.hidden = !fits;
      left += fits;
    }
    document.querySelector(".none").hidden = left > 0;
  };
  for (const button of buttons)
    button.addEventListener("click", () => {
      show = button.dataset.show;
      for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
      apply();
    });
  words.addEventListener("input", apply);
  find.hidden = false;
}
