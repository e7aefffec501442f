/// What every call has in common: problem documents, who may call, how parameters and bodies are read.
@NullMarked
package ai.tradesense.server.http;

import org.jspecify.annotations.NullMarked;
