package ai.tradesense.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.testkit.services.Broker;
import ai.tradesense.transport.Transport;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.TestExecutionResult.Status;

final class FaultSuiteFailsWhereNothingIsDoneTest {
    @ParameterizedTest
    @ValueSource(classes = {WithoutTraits.class, WithAllTraits.class})
    void every_test_of_faults_fails_against_a_transport_that_does_nothing(Class<?> suite) {
        Map<String, Status> outcome = SuitesFailWhereNothingIsDoneTest.run(suite);

        assertThat(outcome).hasSizeGreaterThanOrEqualTo(13);
        assertThat(outcome).allSatisfy((test, status) -> assertThat(status).isEqualTo(Status.FAILED));
    }

    @Test
    void the_test_of_three_instances_fails_against_a_transport_that_does_nothing() {
        Map<String, Status> outcome = SuitesFailWhereNothingIsDoneTest.run(IdleInstances.class);

        assertThat(outcome)
                .hasSize(1)
                .allSatisfy((test, status) -> assertThat(status).isEqualTo(Status.FAILED));
    }

    static final class IdleInstances extends InstancesContract {
        @Override
        protected Broker startBroker() {
            return new IdleBroker();
        }

        @Override
        protected Transport open(int port) {
            return new SuitesFailWhereNothingIsDoneTest.IdleTransport();
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(5); // in which its processes start
        }
    }

    abstract static class IdleFaults extends TransportFaultContract {
        @Override
        protected Broker startBroker() {
            return new IdleBroker();
        }

        @Override
        protected Transport open(int port) {
            return new SuitesFailWhereNothingIsDoneTest.IdleTransport();
        }

        @Override
        protected Duration patience() {
            return Duration.ofMillis(20);
        }
    }

    static final class WithoutTraits extends IdleFaults {
        @Override
        protected Set<FaultTrait> traits() {
            return Set.of();
        }
    }

    static final class WithAllTraits extends IdleFaults {
        @Override
        protected Set<FaultTrait> traits() {
            return EnumSet.allOf(FaultTrait.class);
        }
    }

    private static final class IdleBroker implements Broker {
        @Override
        public int port() {
            return 1;
        }

        @Override
        public void start() {}

        @Override
        public void kill() {}

        @Override
        public void freeze() {}

        @Override
        public void thaw() {}

        @Override
        public void close() {}
    }
}
