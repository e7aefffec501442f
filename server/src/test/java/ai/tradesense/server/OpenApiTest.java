package ai.tradesense.server;

import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.retry.PermanentException;
import ai.tradesense.server.TestServer.Answer;
import ai.tradesense.server.http.ProblemKind;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.ProjectionOrder;
import ai.tradesense.store.ProjectionReport;
import ai.tradesense.worker.Worker;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.RequestMappingInfoHandlerMapping;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The description of the API and the API say the same.
class OpenApiTest {
    private static final TestServer SERVER = TestServer.shared();
    private static final Set<String> METHODS = Set.of("get", "post", "put", "delete", "patch");
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private static JsonNode document;
    private static String eventId;
    private static String subject;
    private static String worker;
    private static String operation;

    @BeforeAll
    static void something_of_everything_is_there() {
        Answer answer = SERVER.get("/openapi.yaml");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).startsWith("application/yaml");
        document =
                MAPPER.valueToTree(new Yaml().load(new String(answer.response().body(), UTF_8)));

        eventId = unique("described");
        worker = unique("described");
        subject = unique("A");
        SERVER.tradesense().register(new Punctual(unique("described-schedule")));
        ProjectionReport.Rebuild rebuild = new ProjectionReport.Rebuild(2, 1, 2, 100, "no disk");
        SERVER.context()
                .getBean(EventStore.class)
                .projections()
                .report(new ProjectionReport("described", "one", 1, 2, null, rebuild, Instant.EPOCH), Instant.EPOCH);
        SERVER.context()
                .getBean(EventStore.class)
                .projections()
                .order(worker, new ProjectionOrder.Rebuild(5), "described", Instant.EPOCH);
        SERVER.tradesense()
                .register(Worker.named(worker)
                        .on(Samples.TYPE, (event, context) -> {
                            if (event.subject().equals(subject)) {
                                throw new PermanentException("on purpose");
                            }
                        })
                        .build());
        assertThat(SERVER.publish(STRUCTURED, Samples.order(eventId, subject)).status())
                .isEqualTo(202);
        await().until(() -> !deadLetters().isEmpty());
        operation = order("retry", "").json().get("id").asString();
        await().until(() -> SERVER.get("/api/v1/operations/" + operation)
                        .json()
                        .at("/progress/failed")
                        .asInt()
                == 1);
    }

    private static Answer order(String kind, String more) {
        return SERVER.postJson(
                "/api/v1/operations",
                "{\"kind\":\"" + kind + "\",\"selection\":{\"worker\":\"" + worker + "\"}" + more + "}");
    }

    private static JsonNode deadLetters() {
        return SERVER.get("/api/v1/dead-letters?worker=" + worker).json().get("deadLetters");
    }

    private static Set<String> described() {
        Set<String> calls = new TreeSet<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().propertyNames().stream()
                        .filter(METHODS::contains)
                        .forEach(method -> calls.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        return calls;
    }

    private static Set<String> mapped() {
        Set<String> calls = new TreeSet<>();
        for (RequestMappingInfoHandlerMapping mapping : SERVER.context()
                .getBeansOfType(RequestMappingInfoHandlerMapping.class)
                .values()) {
            for (RequestMappingInfo info : mapping.getHandlerMethods().keySet()) {
                for (String pattern : info.getPatternValues()) {
                    info.getMethodsCondition()
                            .getMethods()
                            .forEach(method -> calls.add(method + " " + pattern.replace("/**", "/{component}")));
                }
            }
        }
        return calls;
    }

    @Test
    void every_call_is_described_and_every_described_call_is_there() {
        assertThat(mapped()).isEqualTo(described()).hasSizeGreaterThan(15);
    }

    @Test
    void calls_of_later_versions_are_not_there_yet() {
        for (String path : List.of(
                "/api/v1/webhooks",
                "/api/v1/audit/checkpoint",
                "/api/v1/keys/rotate",
                "/api/v1/events/" + eventId + "/flow",
                "/actuator",
                "/actuator/env",
                "/actuator/heapdump")) {
            Answer answer = SERVER.get(path);
            assertThat(answer.status()).as(path).isEqualTo(404);
            assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/events",
                "/api/v1/events/{id}",
                "/api/v1/streams/{subject}",
                "/api/v1/catalog",
                "/api/v1/catalog/{type}",
                "/api/v1/workers",
                "/api/v1/workers/{name}",
                "/api/v1/instances",
                "/api/v1/projections",
                "/api/v1/projections/{name}/orders",
                "/api/v1/schedules",
                "/api/v1/dead-letters",
                "/api/v1/dead-letters/groups",
                "/api/v1/dead-letters/{id}",
                "/api/v1/operations",
                "/api/v1/operations/{id}",
                "/api/v1/status",
                "/api/v1/retention",
                "/api/v1/legal-holds",
                "/actuator/health"
            })
    void what_comes_back_is_as_described(String path) {
        String call = path.replace("{type}", Samples.TYPE)
                .replace("{name}", worker)
                .replace("{subject}", subject + "?domain=Trading")
                .replace(
                        "{id}",
                        path.contains("dead-letters")
                                ? deadLetters().at("/0/id").asString()
                                : path.contains("operations") ? operation : eventId);
        Answer answer = SERVER.get(call);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertFits(
                "/paths/" + path.replace("/", "~1") + "/get/responses/200/content/application~1json/schema",
                answer.json());
    }

    @Test
    void a_receipt_and_a_problem_are_as_described() {
        Answer accepted = SERVER.publish(STRUCTURED, Samples.order(unique("described"), unique("A")));
        assertFits("/paths/~1api~1v1~1events/post/responses/202/content/application~1json/schema", accepted.json());
        Answer refused = SERVER.publish(STRUCTURED, "{}");
        assertFits("/components/schemas/Problem", refused.json());
        assertFits(
                "/components/schemas/Problem",
                SERVER.get("/api/v1/events?limit=0").json());
    }

    @Test
    void an_order_its_dry_run_and_its_end_are_as_described() {
        String accepted = "/paths/~1api~1v1~1operations/post/responses/202/content/application~1json/schema";
        JsonNode ordered = order("restore", "").json();
        assertFits(accepted, ordered);
        assertFits("/components/schemas/Operation", ordered);
        JsonNode dryRun = order("retry", ",\"dryRun\":true,\"rate\":1.5").json();
        assertFits(accepted, dryRun);
        assertFits("/components/schemas/DryRun", dryRun);
        assertFits(
                "/paths/~1api~1v1~1operations~1{id}~1cancel/post/responses/200/content/application~1json/schema",
                SERVER.post("/api/v1/operations/" + operation + "/cancel").json());
        JsonNode example =
                document.at("/paths/~1api~1v1~1operations/post/requestBody/content/application~1json/schema/example");
        assertFits("/paths/~1api~1v1~1operations/post/requestBody/content/application~1json/schema", example);
        assertThat(SERVER.postJson("/api/v1/operations", example.toString()).status())
                .isEqualTo(202);
    }

    @Test
    void a_hold_and_what_would_be_removed_are_as_described() {
        String holds = "/paths/~1api~1v1~1legal-holds/post/";
        JsonNode example = document.at(holds + "requestBody/content/application~1json/schema/example");
        JsonNode hold =
                SERVER.postJson("/api/v1/legal-holds", example.toString()).json();
        assertFits(holds + "responses/201/content/application~1json/schema", hold);
        JsonNode lifted = SERVER.send(java.net.http.HttpRequest.newBuilder(SERVER.uri(
                                "/api/v1/legal-holds/" + hold.get("id").asString() + "?reason=closed"))
                        .DELETE())
                .json();
        assertFits("/components/schemas/LegalHold", lifted);
        assertFits(
                "/components/schemas/Retention", SERVER.get("/api/v1/retention").json());
        assertFits(
                "/components/schemas/RetentionReport",
                SERVER.post("/api/v1/retention/dry-run").json());
    }

    @Test
    void the_examples_are_as_described() {
        assertFits(
                "/components/schemas/Problem",
                document.at("/paths/~1api~1v1~1events/post/responses/400/content/application~1problem+json/example"));
        assertFits(
                "/components/schemas/Problem",
                document.at("/components/responses/BadParameter/content/application~1problem+json/example"));
    }

    @Test
    void every_kind_of_problem_is_listed() {
        Set<String> listed = document.at("/components/schemas/Problem/properties/type/enum")
                .valueStream()
                .map(JsonNode::asString)
                .collect(Collectors.toSet());
        assertThat(listed)
                .isEqualTo(Arrays.stream(ProblemKind.values())
                        .map(ProblemKind::urn)
                        .collect(Collectors.toSet()));
    }

    @Test
    void the_check_against_the_description_can_fail() {
        assertThat(errors("/components/schemas/Problem", MAPPER.valueToTree(Map.of("status", "no number"))))
                .isNotEmpty();
    }

    private static void assertFits(String pointer, JsonNode value) {
        assertThat(document.at(pointer).isObject()).as(pointer).isTrue();
        assertThat(errors(pointer, value)).as(value.toPrettyString()).isEmpty();
    }

    private static List<?> errors(String pointer, JsonNode value) {
        ObjectNode schema = document.asObject().deepCopy();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("$ref", "#" + pointer.replace("{", "%7B").replace("}", "%7D"));
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12, _ -> {})
                .getSchema(schema)
                .validate(value);
    }
}
