// The picture beside a form shows the step that is edited; without this module one scrolls to it.

const picture = document.querySelector(".picture");
const here = picture?.querySelector(".is-here")?.getBoundingClientRect();

if (here) {
  const frame = picture.getBoundingClientRect();
  picture.scrollLeft += here.left + here.width / 2 - frame.left - frame.width / 2;
  picture.scrollTop += here.top + here.height / 2 - frame.top - frame.height / 2;
}
