package ai.tradesense.desk;

import ai.tradesense.desk.firm.Member;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventType;
import ai.tradesense.events.OrderKey;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import ai.tradesense.store.StreamSlice.StreamEvent;
import ai.tradesense.worker.ExecutionContext;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/// A worker whose state of a stream (the events of a domain and subject) follows from the events of that stream and
/// from nothing else, and so do its answers. The state is in memory. With several instances a stream comes to
/// another one when its partition does, because an instance died, left or joined: then [ExecutionContext#session]
/// is another one, and the state is made anew from the log, up to the event at hand. What earlier events led to was
/// published by whoever handled them; what this one leads to is published again if need be, and is then the same
/// event.
///
/// Where there is no log there is one instance, which remembers.
///
/// @param <S> the state of one stream; used by one thread at a time
abstract class LearningWorker<S> extends DeskWorker {
    private final Map<OrderKey, Known> streams = new ConcurrentHashMap<>();

    LearningWorker(String name, Surroundings surroundings, String... types) {
        super(name, surroundings, types);
    }

    /// The state of a stream before its first event.
    abstract S nothingKnown(Member member);

    /// Changes the state as an event says, and answers what follows from it. Has no other effect.
    abstract List<EventData> learn(S state, DomainEvent event);

    /// What is known of one stream, and of what that was made. Guarded by itself.
    private final class Known {
        private final Member member;
        private S state;
        private String session = "";
        private final Set<String> events = new HashSet<>();
        private final Map<EventType, Integer> learned = new HashMap<>();
        private final Map<EventType, Integer> answered = new HashMap<>();
        private String latest = "";
        private List<EventData> answer = List.of();

        Known(Member member) {
            this.member = member;
            this.state = nothingKnown(member);
        }

        /// What follows from an event. For the one that was learned last it is the same again, in case that it was
        /// not published; those before it are over.
        List<EventData> answer(DomainEvent event) {
            if (events.add(event.id())) {
                answer = learn(state, event);
                latest = event.id();
                learned.merge(event.type(), 1, Integer::sum);
                answer.forEach(data -> answered.merge(EventType.of(data.getClass()), 1, Integer::sum));
            }
            return latest.equals(event.id()) ? answer : List.of();
        }

        /// Makes the state anew, from what stands in a log before an event.
        void recall(EventStore log, DomainEvent until) {
            state = nothingKnown(member);
            events.clear();
            learned.clear();
            answered.clear();
            long version = 1;
            while (true) {
                StreamSlice slice = log.readStream(StreamQuery.forwards(until.orderKey(), version));
                for (StreamEvent each : slice.events()) {
                    DomainEvent event = each.stored().event();
                    if (event.id().equals(until.id())) {
                        return;
                    }
                    if (isWanted(event, member)) {
                        answer(event);
                    }
                }
                if (slice.events().isEmpty()) {
                    throw new IllegalStateException(
                            "the log has no " + until.id() + " in " + until.orderKey() + ", expected it there");
                }
                version += slice.events().size();
            }
        }
    }

    private boolean isWanted(DomainEvent event, Member member) {
        return types().matches(event.type()) && isOfDesk(event, member);
    }

    @Override
    final void handle(Member member, DomainEvent event, ExecutionContext context) {
        Known known = streams.computeIfAbsent(event.orderKey(), _ -> new Known(member));
        EventStore log = surroundings().log();
        List<EventData> answer;
        synchronized (known) {
            if (log != null && !known.session.equals(context.session())) {
                known.recall(log, event);
                known.session = context.session();
            }
            answer = known.answer(event);
        }
        publish(answer, event, context);
    }

    /// Learns from an event that was read in the log. Whoever reads all of it, in its order, knows what all
    /// instances together know.
    final void read(DomainEvent event) {
        Member member = Member.withId(event.subject());
        if (member != null && member.isOf(surroundings().run()) && isWanted(event, member)) {
            Known known = streams.computeIfAbsent(event.orderKey(), _ -> new Known(member));
            synchronized (known) {
                known.answer(event);
            }
        }
    }

    /// Looks at what is known of a stream.
    final <T> T of(OrderKey stream, Member member, Function<? super S, ? extends T> view) {
        Known known = streams.get(stream);
        if (known == null) {
            return view.apply(nothingKnown(member));
        }
        synchronized (known) {
            return view.apply(known.state);
        }
    }

    /// Of which events its state was made, by type.
    final Map<EventType, Integer> learned() {
        return sum(known -> known.learned);
    }

    /// What of these it subscribes to.
    final Map<EventType, Integer> wanted(Map<EventType, Integer> events) {
        Map<EventType, Integer> wanted = new HashMap<>(events);
        wanted.keySet().removeIf(type -> !types().matches(type));
        return wanted;
    }

    /// What has followed from them, by type.
    final Map<EventType, Integer> answered() {
        return sum(known -> known.answered);
    }

    private Map<EventType, Integer> sum(Function<Known, Map<EventType, Integer>> counts) {
        Map<EventType, Integer> sum = new HashMap<>();
        for (Known known : streams.values()) {
            synchronized (known) {
                counts.apply(known).forEach((type, count) -> sum.merge(type, count, Integer::sum));
            }
        }
        return sum;
    }
}
