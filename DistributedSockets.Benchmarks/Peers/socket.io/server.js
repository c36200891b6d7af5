// The smallest Socket.IO application with messages to users and rooms over several processes: node server.js <adapter> <port> <redis>.
const { createServer } = require("node:http");
const { Server } = require("socket.io");
const { createClient } = require("redis");
const pubSub = require("@socket.io/redis-adapter");
const streams = require("@socket.io/redis-streams-adapter");

const [, , kind, port, redis] = process.argv;

async function main() {
  const client = createClient({ url: redis });
  await client.connect();
  let adapter;
  if (kind === "socketio-streams") {
    // With the default of 10,000 entries a node that lags behind loses messages, and under our load it does.
    adapter = streams.createAdapter(client, { maxLen: 1_000_000 });
  } else {
    const subscriber = client.duplicate();
    await subscriber.connect();
    adapter = pubSub.createAdapter(client, subscriber);
  }

  const http = createServer();
  const io = new Server(http, { adapter, transports: ["websocket"], serveClient: false });
  io.on("connection", (socket) => {
    const { user_id: user, room } = socket.handshake.query;

    // A user is the room of their sockets.
    socket.join(user);
    if (room) {
      socket.join(room);
    }

    socket.on("send", (to, body) => io.to(to).emit("m", user, body));
    socket.on("room", (to, body) => io.to(to).emit("m", user, body));
  });
  http.listen(Number(port), "127.0.0.1", 4096);
}

main();
