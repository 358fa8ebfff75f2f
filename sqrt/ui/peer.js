// A film on its way to the server by WebRTC: sent only, and no larger than it is looked at there.

const GATHER_MS = 2000; // after which ways to the server that are not found yet are done without
const UP_MS = 10000; // after which a connection that has not come up will not

class Peer {
  constructor(track, iceServers) {
    this.connection = new RTCPeerConnection({ iceServers });
    this.sender = this.connection.addTransceiver(track, { direction: "sendonly", sendEncodings: [{}] }).sender;
    const connected = new Promise(done => (this.connect = done));
    this.ended = new Promise(done => (this.end = done));
    this.settled = Promise.race([connected, this.ended]);
    this.connection.onconnectionstatechange = () => {
      const state = this.connection.connectionState;
      if (state === "connected") this.connect();
      // It might come back by itself, but that is not waited for.
      else if (state !== "new" && state !== "connecting") this.end();
    };
  }

  // Of the camera's picture as much as is wanted; may be told again while it plays.
  async limit(longSide, rate) {
    const { width, height } = this.sender.track.getSettings();
    const parameters = this.sender.getParameters();
    for (const encoding of parameters.encodings) {
      encoding.scaleResolutionDownBy = Math.max(1, Math.max(width ?? 0, height ?? 0) / longSide);
      encoding.maxFramerate = rate;
    }
    await this.sender.setParameters(parameters).catch(() => null);
  }

  // Tell whether it is connected, by the answer that `ask` brings for an offer; null is none.
  async up(ask) {
    const { connection } = this;
    await connection.setLocalDescription(await connection.createOffer());
    await Promise.race([this.gathered(), pause(GATHER_MS), this.ended]);
    const { sdp, type } = connection.localDescription;
    const answer = await ask({ sdp, type });
    if (answer === null || connection.signalingState === "closed") return false;
    await connection.setRemoteDescription(answer);
    await Promise.race([this.settled, pause(UP_MS)]);
    return connection.connectionState === "connected";
  }

  // How many milliseconds a picture is on its way: coded, sent, and carried; the server tells the rest.
  async delayMs() {
    let delay_s = 0;
    for (const one of (await this.sender.getStats()).values()) {
      if (one.framesEncoded) delay_s += one.totalEncodeTime / one.framesEncoded;
      if (one.packetsSent && one.totalPacketSendDelay) delay_s += one.totalPacketSendDelay / one.packetsSent;
      if (one.type === "remote-inbound-rtp") delay_s += (one.roundTripTime ?? 0) / 2;
    }
    return 1000 * delay_s;
  }

  gathered() {
    return new Promise(done => {
      this.connection.onicegatheringstatechange = () => this.connection.iceGatheringState === "complete" && done();
    });
  }

  close() {
    this.end();
    this.connection.close();
  }
}

function pause(ms) {
  return new Promise(done => setTimeout(done, ms));
}
