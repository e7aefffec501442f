package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.rabbitmq.StreamBroker.Purpose;
import com.rabbitmq.stream.OffsetSpecification;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Looks into streams: where they begin and end, and what their last messages are. RabbitMQ 3.10 cannot be asked
/// for offsets, so a chunk is read. No stream of ours is empty: who makes one writes a mark into it.
final class StreamTail {
    private static final int CREDITS = 64; // chunks, of which each may hold a message alone
    private static final int ASKED_TOGETHER = 16;

    /// Who wants to see messages.
    interface Visitor {
        void message(long offset, byte[] body);
    }

    private final StreamBroker broker;
    private final Purpose purpose;

    /// @param purpose on whose links it looks
    StreamTail(StreamBroker broker, Purpose purpose) {
        this.broker = broker;
        this.purpose = purpose;
    }

    /// The offset behind the last message. Whatever was confirmed before is below it.
    long end(String stream) {
        return ask(stream, OffsetSpecification.last(), false);
    }

    /// The offset of the first message that is there.
    long first(String stream) {
        return ask(stream, OffsetSpecification.first(), true);
    }

    private long ask(String stream, OffsetSpecification where, boolean begin) {
        Look look = new Look(Long.MAX_VALUE, (offset, body) -> {});
        try (look) {
            look.begin(broker.toRead(stream, purpose), stream, where, 1);
            look.await(look.chunk, stream);
        } catch (RuntimeException failure) {
            throw broker.translate(failure, broker.address());
        }
        return begin ? look.chunkBegin : look.chunkEnd;
    }

    /// Reads what stands from one offset up to another. Blocks until that is done, for as long as it gets on; nobody
    /// else is asked meanwhile.
    void read(String stream, long from, long behind, Visitor visitor) {
        if (from >= behind) {
            return;
        }
        Look look = new Look(behind, (offset, body) -> {
            if (offset >= from && offset < behind) {
                visitor.message(offset, body);
            }
        });
        try (look) {
            look.begin(broker.toRead(stream, purpose), stream, OffsetSpecification.offset(from), CREDITS);
            look.await(look.done, stream);
        } catch (RuntimeException failure) {
            throw broker.translate(failure, broker.address());
        }
    }

    /// Reading of a piece of a stream.
    private final class Look implements StreamLink.Reader, AutoCloseable {
        private final long behind;
        private final Visitor visitor;
        private final CountDownLatch chunk = new CountDownLatch(1);
        private final CompletableFuture<Integer> id = new CompletableFuture<>();
        private final CountDownLatch done = new CountDownLatch(1);
        private volatile @Nullable StreamLink link;
        private volatile long chunkBegin;
        private volatile long chunkEnd;
        private volatile long at = -1; // what came last
        private int owed; // chunks that came and for which no others were asked; of the link's thread
        private volatile @Nullable RabbitTransportException failure;

        Look(long behind, Visitor visitor) {
            this.behind = behind;
            this.visitor = visitor;
        }

        void begin(StreamLink on, String stream, OffsetSpecification from, int credits) {
            link = on;
            id.complete(on.subscribe(stream, from, credits, this));
        }

        void await(CountDownLatch latch, String stream) {
            try {
                long seen = at;
                while (!latch.await(broker.timeout().toNanos(), TimeUnit.NANOSECONDS)) {
                    if (at == seen) {
                        throw new RabbitTransportException(
                                Reason.NO_ANSWER,
                                broker.address() + " has not given " + stream + " within " + broker.timeout(),
                                null);
                    }
                    seen = at;
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new RabbitTransportException(Reason.NO_ANSWER, "interrupted", interrupted);
            }
            RabbitTransportException ended = failure;
            if (ended != null) {
                throw ended;
            }
        }

        @Override
        public void chunk(long firstOffset, long messages) {
            if (chunk.getCount() > 0) {
                chunkBegin = firstOffset;
                chunkEnd = firstOffset + messages;
            }
            if (behind != Long.MAX_VALUE) {
                more();
                if (firstOffset >= behind) {
                    done.countDown();
                }
            }
            chunk.countDown();
        }

        private void more() {
            StreamLink on = link;
            owed++;
            if (on != null && owed >= ASKED_TOGETHER) {
                int chunks = owed;
                owed = 0;
                CompletableFuture<Void> _ = id.thenAccept(each -> on.credit(each, chunks));
            }
        }

        @Override
        public void message(long offset, byte[] body) {
            at = offset;
            if (done.getCount() > 0) {
                visitor.message(offset, body);
                if (offset + 1 >= behind) {
                    done.countDown();
                }
            }
        }

        @Override
        public void ended(RabbitTransportException why) {
            failure = why;
            chunk.countDown();
            done.countDown();
        }

        @Override
        public void close() {
            StreamLink on = link;
            if (on != null && id.isDone()) {
                on.unsubscribe(id.join());
            }
        }
    }
}
