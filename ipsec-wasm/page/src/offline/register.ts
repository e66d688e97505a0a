/** Keeps the page usable without a network, where it is served from one. */
export function stayOffline(): void {
  if (import.meta.env.MODE !== "single" && import.meta.env.PROD && "serviceWorker" in navigator) {
    void navigator.serviceWorker.register("./offline.js");
  }
}
