/**
 * Headers of every answer, whoever makes it: pages, the API, files, redirects, refusals. Strict transport security by the
 * public address, and not by how a proxy in front speaks to this process. Pages bring a content security policy of their
 * own, with a nonce; what is not a page keeps this one.
 */
export function answerHeaders(publicUrl) {
  return {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    ...(publicUrl.startsWith("https:") ? { "strict-transport-security": "max-age=31536000" } : {}),
  };
}
