// The package's public names.
export { DistributedSocketsClient } from "./client.js";
export type { AskOptions, ClientEvents } from "./client.js";
export { ClientError } from "./errors.js";
export { IndexedDbStore } from "./indexedStore.js";
export { LocalStorageStore } from "./localStore.js";
export type { WebStorage } from "./localStore.js";
export type { Gap, Hop, Message, MessageKind, Receipt, ReceiptState, SendOptions, SentMessage, Target } from "./model.js";
export type { ClientOptions, Logger, OutboxPolicy, WebSocketConstructor, WebSocketLike } from "./options.js";
export type { DevicePresence, Presence, RoomPresence } from "./presence.js";
export type { HistoryEntry, HistoryPage, HistoryQuery, MemberPage, Room, RoomChange, RoomPlace, RoomRead, Typing } from "./rooms.js";
export type { ClientState, CloseInfo, StateChange } from "./state.js";
export type { ClientStore, StoredClient, StoredMessage, StoredPlace } from "./store.js";
