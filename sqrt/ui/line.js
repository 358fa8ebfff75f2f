// The line to the server: frames by single pictures over HTTP, or as a film by WebRTC, whichever flows; and its answers.
// After peer.js.

const ANSWER_MS = 4000; // after which a picture that has not been answered is given up
const POLL_MS = 10000; // after which the server answers though it has nothing new
const SHOT_MS = 60000; // for a photo at full size
const AGAIN_MS = 1000;
const FIRST_MS = 1500; // at most, for the first answer before a film is tried
const LINK_MS = 1000; // before a film is tried again, at first; then twice as long each time
const MOST_LINK_MS = 30000;
const LEAST_SHARE = 0.35; // of the size wanted, which is sent where more arrives too late

class Line {
  // `owner` gives a `snapshot`, and hears answers, what is in the way by its name or in a sentence, and that it is gone.
  constructor(owner) {
    this.owner = owner;
    this.share = 1;
    this.sleepers = new Set();
    this.back = () => this.wake();
    this.away = () => this.call?.abort();
  }

  // Where to, and how; while it runs, too.
  take(data) {
    this.data = data;
    this.peer?.limit(data.long_side, data.rate);
  }

  start(track) {
    this.stop();
    window.addEventListener("online", this.back);
    window.addEventListener("offline", this.away);
    const run = (this.running = {});
    this.ratings = undefined;
    if (this.data.transport !== "snapshots" && window.RTCPeerConnection) this.link(run, track);
    else if (this.data.transport === "webrtc") this.owner.trouble("blocked");
    this.talk(run);
  }

  stop() {
    this.running = null;
    window.removeEventListener("online", this.back);
    window.removeEventListener("offline", this.away);
    this.call?.abort();
    this.unlink();
    this.wake();
  }

  // For good, so that the server need not wait for more; also while the page goes away.
  leave() {
    this.stop();
    navigator.sendBeacon?.(`${this.data.address}/stop`);
  }

  async talk(run) {
    while (run === this.running) {
      const waitMs = await this.once(run);
      if (run === this.running && waitMs > 0) await this.rest(waitMs);
    }
  }

  // Send a picture, or ask what was seen in the film; return after how many milliseconds the next time is.
  async once(run) {
    const { filmed } = this;
    if (!filmed && this.data.transport === "webrtc") return AGAIN_MS;
    // After a picture whose answer was late it is asked for that answer: on a busy server each new one would be late.
    const asks = filmed || this.late;
    const at = performance.now();
    const picture = asks ? "" : await this.owner.snapshot(this.data.long_side * this.share);
    if (run !== this.running) return 0;
    const answer = await this.post("", picture, filmed ? POLL_MS + ANSWER_MS : this.late ? AGAIN_MS : ANSWER_MS);
    if (filmed && this.peer) this.delayMs = await this.peer.delayMs().catch(() => 0);
    if (run !== this.running || (filmed && !this.filmed)) return 0;
    const tookMs = performance.now() - at;
    if (!asks) this.adapt(tookMs);
    this.late = !asks && !answer && tookMs >= ANSWER_MS;
    if (answer?.status === 200 && answer.told) {
      const { next_s, ratings, way } = answer.told;
      if (filmed && way !== "webrtc") this.unlink(); // nothing arrives
      const lateMs = 1000 * (answer.told.age_s ?? 0) + (filmed ? this.delayMs : 0);
      const seenAt = asks ? performance.now() - lateMs : at;
      this.owner.hear(answer.told, seenAt, filmed);
      const anew = ratings !== this.ratings;
      if (this.ratings === undefined) this.wake();
      this.ratings = ratings;
      if (!this.filmed) return 1000 * next_s;
      return anew ? 0 : AGAIN_MS;
    }
    if (filmed && !answer) this.unlink();
    const waitMs = this.refused(answer);
    return this.late || (asks && !filmed) ? 0 : waitMs;
  }

  // What is in the way; return after how many milliseconds it is tried again.
  refused(answer) {
    if (answer?.status === 429) return answer.told?.next_s === undefined ? answer.waitMs : 1000 * answer.told.next_s;
    if (answer?.status === 404) this.owner.gone();
    else this.owner.trouble(answer?.told?.problem ?? "lost");
    return answer ? answer.waitMs : AGAIN_MS;
  }

  // Over a slow line less is sent, so that it is not late.
  adapt(tookMs) {
    if (tookMs >= ANSWER_MS) this.share = Math.max(LEAST_SHARE, 0.7 * this.share);
    else if (tookMs < ANSWER_MS / 2) this.share = Math.min(1, 1.2 * this.share);
  }

  // Try for a film, and when it ends, again.
  async link(run, track) {
    let waitMs = LINK_MS;
    // The first score by a single picture is there sooner if nothing else is begun.
    if (this.data.transport === "auto") await this.rest(FIRST_MS);
    while (run === this.running) {
      const peer = (this.peer = new Peer(track, this.data.ice_servers));
      let heard = false;
      await peer.limit(this.data.long_side, this.data.rate);
      const up = await peer
        .up(async offer => {
          const answer = await this.post("/offer", JSON.stringify(offer), POLL_MS);
          heard = answer !== null;
          if (heard && answer.status !== 200 && run === this.running) this.refused(answer);
          return answer?.status === 200 ? answer.told : null;
        })
        .catch(() => false); // closed meanwhile, or not to be talked with
      if (up && peer === this.peer) {
        waitMs = LINK_MS;
        this.filmed = true;
        this.wake();
        await peer.ended;
      } else if (heard && run === this.running && this.data.transport === "webrtc") this.owner.trouble("blocked");
      if (peer === this.peer) this.unlink();
      peer.close();
      if (run === this.running) await this.rest(heard ? waitMs : AGAIN_MS);
      if (heard && !up) waitMs = Math.min(2 * waitMs, MOST_LINK_MS);
    }
  }

  unlink() {
    if (this.filmed) this.call?.abort();
    this.filmed = false;
    this.peer?.close();
    this.peer = null;
    this.wake();
  }

  // One after the other: the server takes a newer one for another try at the same.
  shot(kind, picture) {
    this.shots = (this.shots ?? Promise.resolve()).then(() => this.post(`/shot?kind=${kind}`, picture, SHOT_MS));
    return this.shots;
  }

  // Return an answer's status, what it tells and after how many milliseconds one may ask again; null where none came.
  async post(path, body, limitMs) {
    const call = new AbortController();
    if (!path) this.call = call;
    const late = setTimeout(() => call.abort(), limitMs);
    const headers = path === "/offer" ? { "Content-Type": "application/json" } : {};
    try {
      const answer = await fetch(this.data.address + path, { method: "POST", body, headers, signal: call.signal });
      const text = await answer.text();
      const waitMs = 1000 * (Number(answer.headers.get("Retry-After")) || 1);
      const json = answer.headers.get("Content-Type")?.startsWith("application/json");
      return { status: answer.status, told: json ? JSON.parse(text) : null, waitMs };
    } catch {
      return null;
    } finally {
      clearTimeout(late);
    }
  }

  rest(ms) {
    return new Promise(done => {
      const over = () => {
        clearTimeout(timer);
        this.sleepers.delete(over);
        done();
      };
      const timer = setTimeout(over, ms);
      this.sleepers.add(over);
    });
  }

  wake() {
    for (const over of [...this.sleepers]) over();
  }
}
