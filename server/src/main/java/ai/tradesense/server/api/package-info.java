/// The calls of the HTTP API, each in the terms of `openapi.yaml`.
@NullMarked
package ai.tradesense.server.api;

import org.jspecify.annotations.NullMarked;
