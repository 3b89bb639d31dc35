// The player: a native <audio> element, the two lanes drawn by the server, and the keys.
// Every text comes from the page (data attributes), so that this file speaks no language.

import { isCommand, isOnControl, nameOf } from "./keys.js";

const SPEEDS = [0.75, 1, 1.5, 2]; // keys 1 to 4
const SHORT = 10; // seconds for j and l
const STEP = 5; // seconds for the arrows
const LEAST_SILENCE = 1.5; // seconds; shorter pauses belong to the talk
const LANES_BY = 3000; // milliseconds after which the lanes are drawn, sound or none
const WATCH_EVERY = 10000; // milliseconds between questions whether the right still lasts

const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds || 0));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
};

// 83, 1:23 or 1:02:03 as seconds; NaN for anything else.
const seconds = (text) =>
  /^[0-9]+(:[0-9]{1,2}){0,2}(\.[0-9]+)?$/.test(text)
    ? text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0)
    : NaN;

// The place, or the stretch, that the address names: #t=1:23 or #t=1:23,1:40.
const placeOf = (hash) => {
  const found = /^#t=([0-9:.]+)(?:,([0-9:.]+))?$/.exec(hash);
  return found ? [seconds(found[1]), found[2] ? seconds(found[2]) : null] : [NaN, null];
};

const silencesOf = (text) =>
  (text || "")
    .split(" ")
    .filter(Boolean)
    .map((span) => span.split("-").map(Number))
    .filter(([from, to]) => to - from >= LEAST_SILENCE);

export class Player {
  constructor(root) {
    this.root = root;
    this.audio = root.querySelector("audio");
    this.length = Number(root.dataset.length);
    this.silences = [];
    this.loop = null; // [from, to] in seconds; to is null until it is marked
    this.ended = false;
    this.begun = false;
    this.docked = Boolean(root.closest("#dock"));
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.audio.removeAttribute("controls");
    this.listenToAudio();
    this.listenToControls();
    this.lanesArrived();
    this.drawLanesAfterSound();
    this.show();
    this.watching = setInterval(() => this.watch(), WATCH_EVERY);
    if (!this.docked) this.goToAddress();
    if (root.dataset.autoplay) this.play();
  }

  close() {
    clearInterval(this.watching);
    this.audio.pause();
    this.forgetSound();
  }

  // What has come already would play on from the browser's memory.
  forgetSound() {
    this.audio.removeAttribute("src");
    this.audio.load();
  }

  get duration() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : this.length;
  }

  play() {
    if (this.ended) return;
    this.part("trouble").hidden = true;
    if (this.audio.error) this.reload(this.audio.currentTime, false);
    this.audio.play().catch((problem) => {
      if (problem.name === "NotAllowedError") this.say(this.root.dataset.sayReady);
    });
  }

  toggle() {
    if (this.audio.paused) this.play();
    else this.audio.pause();
  }

  seek(seconds) {
    const last = Math.max(0, this.duration - 0.05);
    this.audio.currentTime = Math.min(Math.max(0, seconds), last);
    this.show();
  }

  goToAddress() {
    const [from, to] = placeOf(location.hash);
    if (Number.isNaN(from)) return;
    if (to > from) this.loop = [from, to];
    const go = () => this.seek(from);
    if (this.audio.readyState) go();
    else this.audio.addEventListener("loadedmetadata", go, { once: true });
  }

  // The place stands in the address, so that it can be kept and sent to whoever may hear it too.
  keepAddress() {
    if (this.docked) return;
    const whole = this.loop?.[1] ? this.loop : [this.audio.currentTime];
    history.replaceState(history.state, "", `#t=${whole.map(clock).join(",")}`);
  }

  // One button: from here, to here, no longer.
  nextLoop() {
    const { audio, root } = this;
    if (!this.loop) this.loop = [audio.currentTime, null];
    else if (!this.loop[1] && audio.currentTime > this.loop[0] + 0.5) this.loop[1] = audio.currentTime;
    else this.loop = null;
    if (this.loop?.[1]) this.seek(this.loop[0]);
    this.say(root.dataset[this.loop ? (this.loop[1] ? "sayLoopOn" : "sayLoopFrom") : "sayLoopOff"]);
    this.keepAddress();
    this.show();
  }

  showLoop() {
    const { wordLoop, wordLoopTo, wordLoopEnd } = this.root.dataset;
    const word = this.loop ? (this.loop[1] ? wordLoopEnd : wordLoopTo) : wordLoop;
    const button = this.part("loop");
    button.textContent = word;
    button.setAttribute("aria-pressed", String(Boolean(this.loop)));
    const mark = this.root.querySelector(".wave .loop");
    if (!mark) return;
    mark.hidden = !this.loop;
    if (!this.loop) return;
    const [from, to] = [this.loop[0], this.loop[1] ?? Math.max(this.loop[0], this.audio.currentTime)];
    mark.style.left = `${(from / this.duration) * 100}%`;
    mark.style.width = `${((to - from) / this.duration) * 100}%`;
  }

  speed(rate) {
    this.audio.preservesPitch = true;
    this.audio.playbackRate = rate;
    this.part("speed").value = String(rate);
    this.say(this.part("speed").selectedOptions[0].textContent);
  }

  channel(name) {
    const { currentTime, paused } = this.audio;
    this.part("channel").value = name;
    this.reload(currentTime, !paused);
    for (const lane of this.root.querySelectorAll("[data-lane]"))
      lane.classList.toggle("off", name !== "both" && lane.dataset.lane !== name);
    this.say(this.part("channel").selectedOptions[0].textContent);
  }

  reload(seconds, goOn) {
    const { audio } = this;
    const rate = audio.playbackRate;
    audio.src = `${this.root.dataset.audio}?channel=${this.part("channel").value}`;
    const ready = () => {
      audio.currentTime = seconds;
      audio.preservesPitch = true;
      audio.playbackRate = rate;
      if (goOn) this.play();
    };
    audio.addEventListener("loadedmetadata", ready, { once: true });
  }

  nextChannel() {
    const names = [...this.part("channel").options].map((option) => option.value);
    const now = names.indexOf(this.part("channel").value);
    this.channel(names[(now + 1) % names.length]);
  }

  skipSilence(on) {
    this.part("skip").checked = on;
    this.say(on ? this.root.dataset.saySkipOn : this.root.dataset.saySkipOff);
  }

  listenToAudio() {
    const { audio } = this;
    audio.addEventListener("play", () => this.playing(true));
    audio.addEventListener("play", () => this.askAfterRest());
    audio.addEventListener("pause", () => this.playing(false));
    audio.addEventListener("pause", () => this.keepAddress());
    audio.addEventListener("seeked", () => this.keepAddress());
    audio.addEventListener("ended", () => this.say(this.root.dataset.sayEnd));
    audio.addEventListener("loadedmetadata", () => this.show());
    audio.addEventListener("timeupdate", () => this.show());
    audio.addEventListener("error", () => this.watch(true));
  }

  listenToControls() {
    const on = (name, event, act) => this.part(name)?.addEventListener(event, act);
    on("play", "click", () => this.toggle());
    on("back", "click", () => this.seek(this.audio.currentTime - SHORT));
    on("forth", "click", () => this.seek(this.audio.currentTime + SHORT));
    on("seek", "input", (event) => this.seek(Number(event.target.value)));
    on("speed", "change", (event) => this.speed(Number(event.target.value)));
    on("channel", "change", (event) => this.channel(event.target.value));
    on("loop", "click", () => this.nextLoop());
    on("skip", "change", (event) => this.skipSilence(event.target.checked));
    on("help", "click", () => this.part("dialog").showModal());
    on("close", "click", () => this.leave());
  }

  leave() {
    const opener = document.querySelector("tr.call.open button");
    this.close();
    this.root.remove();
    markOpen(null);
    opener?.focus();
  }

  // To draw them the server may have to open the whole call: the sound does not wait for that.
  drawLanesAfterSound() {
    const draw = () => this.root.querySelector(".lanes")?.dispatchEvent(new Event("draw"));
    this.audio.addEventListener("playing", draw, { once: true });
    setTimeout(draw, LANES_BY);
  }

  lanesArrived() {
    const wave = this.root.querySelector(".wave");
    if (!wave || wave.dataset.ready) return;
    wave.dataset.ready = "1";
    this.silences = silencesOf(wave.dataset.silences);
    const to = (event) => {
      const box = wave.getBoundingClientRect();
      this.seek(((event.clientX - box.left) / box.width) * this.duration);
    };
    for (const button of this.root.querySelectorAll("[data-seek]"))
      button.addEventListener("click", () => this.seek(Number(button.dataset.seek)));
    wave.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      wave.setPointerCapture(event.pointerId);
      to(event);
    });
    wave.addEventListener("pointermove", (event) => {
      if (wave.hasPointerCapture(event.pointerId)) to(event);
    });
    this.show();
  }

  playing(on) {
    const button = this.part("play");
    button.querySelector("[data-word]").textContent = on
      ? this.root.dataset.wordPause
      : this.root.dataset.wordPlay;
    this.root.classList.toggle("playing", on);
    if (on) this.tick();
  }

  tick() {
    if (this.audio.paused || !this.root.isConnected) return;
    this.show();
    requestAnimationFrame(() => this.tick());
  }

  show() {
    const now = this.audio.currentTime;
    if (!this.audio.paused && this.part("skip").checked) this.jumpOver(now);
    if (!this.audio.paused && this.loop?.[1] && now >= this.loop[1]) this.seek(this.loop[0]);
    const share = this.duration ? Math.min(1, now / this.duration) : 0;
    const slider = this.part("seek");
    slider.max = String(Math.round(this.duration * 10) / 10);
    slider.value = String(now);
    slider.setAttribute("aria-valuetext", `${clock(now)} / ${clock(this.duration)}`);
    this.part("now").textContent = clock(now);
    this.part("total").textContent = clock(this.duration);
    const head = this.root.querySelector(".wave .head");
    if (head) head.style.left = `${share * 100}%`;
    for (const clip of this.root.querySelectorAll("[data-played]"))
      clip.setAttribute("width", String(share * 1000));
    this.showLoop();
  }

  jumpOver(now) {
    const silence = this.silences.find(([from, to]) => now >= from + 0.25 && now < to - 0.4);
    if (silence) this.audio.currentTime = silence[1] - 0.25;
  }

  // What came before a pause is still in the browser's memory, and the right may have ended since.
  askAfterRest() {
    if (this.begun) this.watch();
    this.begun = true;
  }

  // The server is asked whether this listening may go on. When it may not, the sound stops and the
  // page says why and what to do.
  async watch(failed = false) {
    if (this.ended || (!failed && this.audio.paused)) return;
    const { lostTitle, lost, outTitle, out } = this.root.dataset;
    let answer = { alive: false, title: lostTitle, advice: lost };
    try {
      const headers = { Accept: "application/json" };
      const at = failed ? `?at=${Math.floor(this.audio.currentTime)}` : "";
      const address = this.root.dataset.status + at;
      const reply = await fetch(address, { headers, redirect: "manual" });
      if (reply.type === "opaqueredirect") answer = { title: outTitle, advice: out, final: true };
      else if (reply.ok) answer = await reply.json();
    } catch {
      // the network is away: what answer says already
    }
    if (answer.alive && !failed) return;
    if (answer.alive) answer = { title: lostTitle, advice: lost };
    this.tellEnd(answer.title, answer.advice, Boolean(answer.final));
  }

  tellEnd(title, advice, final) {
    this.audio.pause();
    this.ended = final;
    if (final) this.forgetSound();
    for (const name of ["play", "back", "forth", "loop"]) this.part(name).disabled = final;
    const box = this.part("trouble");
    box.querySelector("strong").textContent = title;
    box.querySelector("span").textContent = advice;
    box.hidden = false;
  }

  say(text) {
    this.part("live").textContent = text;
  }

  key(event) {
    const act = this.keys()[nameOf(event)];
    if (!act) return;
    event.preventDefault();
    act();
  }

  keys() {
    const { audio } = this;
    const speeds = Object.fromEntries(SPEEDS.map((rate, n) => [String(n + 1), () => this.speed(rate)]));
    return {
      ...speeds,
      " ": () => this.toggle(),
      k: () => this.toggle(),
      j: () => this.seek(audio.currentTime - SHORT),
      l: () => this.seek(audio.currentTime + SHORT),
      ArrowLeft: () => this.seek(audio.currentTime - STEP),
      ArrowRight: () => this.seek(audio.currentTime + STEP),
      Home: () => this.seek(0),
      End: () => this.seek(this.duration - STEP),
      c: () => this.nextChannel(),
      r: () => this.nextLoop(),
      s: () => this.skipSilence(!this.part("skip").checked),
      "?": () => this.part("dialog").showModal(),
    };
  }
}

let current = null;

const markOpen = (call) => {
  for (const row of document.querySelectorAll("tr.call"))
    row.classList.toggle("open", row.dataset.call === call);
  document.querySelector("tr.call.open")?.scrollIntoView({ block: "nearest" });
};

const takeUp = () => {
  const root = document.querySelector("[data-player]");
  if (!root) return;
  if (current?.root === root) {
    current.lanesArrived();
    return;
  }
  current?.close();
  current = new Player(root);
  markOpen(root.dataset.call);
  root.focus({ preventScroll: true });
  // a dock that does not stick to the window's edge, as on a small one, is below the list
  const dock = root.closest("#dock");
  if (dock && getComputedStyle(dock).position === "static") root.scrollIntoView();
};

const keysApply = (event) => {
  if (!current?.root.isConnected || !isCommand(event)) return false;
  return !(isOnControl(event) && (event.key === " " || event.key === "Enter"));
};

document.addEventListener("keydown", (event) => {
  if (keysApply(event)) current.key(event);
});
document.addEventListener("htmx:after:swap", takeUp);
takeUp();
