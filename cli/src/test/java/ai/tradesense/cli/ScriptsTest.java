package ai.tradesense.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.cli.ScriptFolder.Outcome;
import ai.tradesense.cli.ScriptFolder.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ScriptsTest {
    private ScriptFolder machine;

    @BeforeEach
    void setUp(@TempDir Path home) throws IOException {
        machine = new ScriptFolder(home);
        machine.maven("");
        machine.tool("chromium", "exit 0");
        machine.tool("redis-server", "exit 0");
        machine.tool("rabbitmq-server", "exit 0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tradesense", "verify"})
    void an_older_default_java_with_a_25_beside_it_is_passed_over(String script) throws Exception {
        machine.onPath(machine.jdk("a-17", "17.0.15"));
        machine.jdk("b-25", "25.0.3");

        Outcome outcome = machine.run(script, "events");

        assertThat(outcome.err()).doesNotContain("needs");
        assertThat(outcome.code()).isEqualTo(0);
        assertThat(machine.mavenCalls()).singleElement().asString().startsWith("mvn JAVA_VERSION=\"25.0.3\" ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tradesense", "verify"})
    void without_a_25_both_say_in_one_sentence_what_to_install(String script) throws Exception {
        Path old = machine.jdk("17", "17.0.15");
        machine.onPath(old);
        machine.with("JAVA_HOME", old);
        machine.jdk("8", "1.8.0_402");
        machine.jdk("nameless", "");
        Files.delete(machine.jdk("runtime-only", "25").resolve("bin/javac"));

        Outcome outcome = machine.run(script, "events");

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err())
                .isEqualTo(script + ": needs a JDK 25 or newer: install Temurin 25 (package temurin-25-jdk) or set "
                        + "JAVA_HOME to one.\n");
        assertThat(machine.calls()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"25", "25.0.1", "25-ea", "26.0.1", "100"})
    void any_version_from_25_on_will_do(String version) throws Exception {
        machine.jdk("new", version);

        assertThat(machine.run("tradesense").code()).isEqualTo(0);
    }

    @Test
    void java_home_goes_before_the_path_and_the_path_before_the_usual_folders() throws Exception {
        machine.jdk("a-folder", "25");
        machine.onPath(machine.jdk("b-path", "25"));
        machine.run("tradesense", "events");
        machine.with("JAVA_HOME", machine.jdk("c-home", "25")).run("tradesense", "events");

        assertThat(machine.calls()).contains("java b-path", "java c-home").doesNotContain("java a-folder");
    }

    @Test
    void a_jdk_of_macos_is_found_in_its_bundle() throws Exception {
        Path jdk = machine.jdk("temurin-25.jdk/Contents/Home", "25");

        assertThat(machine.run("tradesense", "events").code()).isEqualTo(0);

        assertThat(machine.calls()).contains("java temurin-25.jdk/Contents/Home");
        assertThat(jdk).startsWith(machine.jdks());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tradesense", "verify"})
    void without_maven_both_say_in_one_sentence_what_to_install(String script) throws Exception {
        machine.jdk("25", "25");
        Files.delete(machine.project().resolveSibling("tools").resolve("mvn"));

        Outcome outcome = machine.run(script);

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err())
                .isEqualTo(script + ": needs Maven 3.8 or newer to build: install it (package maven).\n");
    }

    @Test
    void builds_on_first_use_and_again_only_after_a_change() throws Exception {
        machine.jdk("25", "25");

        Outcome first = machine.run("tradesense", "events");
        Outcome second = machine.run("tradesense", "workers");

        assertThat(first.out()).isEmpty();
        assertThat(first.err()).contains("building (the first time", "  TradeSense Events: core [2/5]", "built in");
        assertThat(second.err()).isEmpty();
        assertThat(machine.mavenCalls()).hasSize(1);

        machine.changeSource("server/src/main/java/A.java");
        assertThat(machine.run("tradesense", "events").err()).contains("built in");
        assertThat(machine.mavenCalls()).hasSize(2);
    }

    @Test
    void a_source_that_is_gone_and_a_pom_are_changes_and_a_test_is_none() throws Exception {
        machine.jdk("25", "25");
        machine.run("tradesense");

        machine.changeSource("server/src/test/java/T.java");
        machine.run("tradesense");
        assertThat(machine.mavenCalls()).hasSize(1);

        Files.delete(machine.project().resolve("server/src/main/java/A.java"));
        machine.run("tradesense");
        assertThat(machine.mavenCalls()).hasSize(2);

        machine.changeSource("cli/pom.xml");
        machine.run("tradesense");
        assertThat(machine.mavenCalls()).hasSize(3);
    }

    @Test
    void a_build_that_fails_shows_why_and_is_tried_again_the_next_time() throws Exception {
        machine.jdk("25", "25");
        machine.maven("echo '[INFO] noise'; echo '[ERROR] A.java:[3,4] cannot find symbol'; exit 1");

        Outcome failed = machine.run("tradesense", "events");

        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.out()).isEmpty();
        assertThat(failed.err())
                .contains("[ERROR] A.java:[3,4] cannot find symbol")
                .doesNotContain("noise")
                .contains("tradesense: the build failed; the whole log is ");
        assertThat(machine.calls()).noneMatch(call -> call.startsWith("java"));

        machine.maven("");
        assertThat(machine.run("tradesense", "events").code()).isEqualTo(0);
    }

    @Test
    void two_shells_at_once_build_once_and_both_run() throws Exception {
        machine.jdk("25", "25");
        machine.maven("touch begun; while [ ! -e go ]; do sleep 0.05; done");
        Path script = machine.project().resolve("tradesense");

        Running one = machine.start(machine.project(), script, "events");
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> Files.exists(machine.project().resolve("begun")));
        Running two = machine.start(machine.project(), script, "workers");
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(two.err()).content().contains("waiting for another build"));
        Files.createFile(machine.project().resolve("go"));

        assertThat(one.outcome().code()).isEqualTo(0);
        assertThat(two.outcome().code()).isEqualTo(0);
        assertThat(machine.mavenCalls()).hasSize(1);
        assertThat(machine.calls()).contains("  events", "  workers");
    }

    @Test
    void what_runs_keeps_its_jars_through_a_later_build() throws Exception {
        machine.jdk("25", "25", "touch running; while [ -e running ]; do sleep 0.05; done");
        Path project = machine.project();
        Running server = machine.start(project, project.resolve("tradesense"), "up");
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> Files.exists(project.resolve("running")));
        List<Path> jars = classPath();

        machine.jdk("25", "25");
        machine.changeSource("cli/src/main/java/A.java");
        assertThat(machine.run("tradesense", "events").code()).isEqualTo(0);
        assertThat(jars).isNotEmpty().allMatch(Files::exists);

        Files.delete(project.resolve("running"));
        assertThat(server.outcome().code()).isEqualTo(0);
        machine.changeSource("cli/src/main/java/A.java");
        machine.run("tradesense", "events");
        assertThat(jars).noneMatch(Files::exists);
    }

    private List<Path> classPath() throws IOException {
        List<String> calls = machine.calls();
        String path = calls.get(calls.indexOf("  -cp") + 1).strip();
        return List.of(path.split(":", -1)).stream().map(Path::of).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"up --demo", "verify --store-url jdbc:sqlite:monday.db", "doctor --config my.yaml"})
    void the_server_and_what_looks_at_a_log_or_a_configuration_itself_get_its_jars(String verb) throws Exception {
        machine.jdk("25", "25");

        machine.run("tradesense", verb.split(" ", -1));
        assertThat(classPath())
                .extracting(jar -> jar.getFileName().toString())
                .containsExactly(
                        "cli-only.jar",
                        "shared.jar",
                        "tradesense-cli-0.1.jar",
                        "server-only.jar",
                        "tradesense-server-0.1.jar");
    }

    @Test
    void a_short_verb_gets_only_the_jars_of_the_command_line() throws Exception {
        machine.jdk("25", "25");

        machine.run("tradesense", "events");
        assertThat(classPath())
                .extracting(jar -> jar.getFileName().toString())
                .containsExactly("cli-only.jar", "shared.jar", "tradesense-cli-0.1.jar");
    }

    @Test
    void runs_from_any_folder_and_through_a_link_with_its_arguments_as_they_are() throws Exception {
        machine.jdk("25", "25", "pwd");
        Path elsewhere = Files.createDirectory(machine.project().resolveSibling("elsewhere"));
        Path link = Files.createSymbolicLink(elsewhere.resolve("ts"), Path.of("../my project/tradesense"));

        Outcome outcome =
                machine.start(elsewhere, link, "publish", "a file.ndjson", "*").outcome();

        assertThat(outcome.out()).isEqualTo(elsewhere + "\n");
        List<String> calls = machine.calls();
        assertThat(calls.subList(calls.size() - 4, calls.size()))
                .containsExactly("  ai.tradesense.cli.Main", "  publish", "  a file.ndjson", "  *");
    }

    @Test
    void the_exit_code_is_that_of_the_verb() throws Exception {
        machine.jdk("25", "25", "exit 2");

        assertThat(machine.run("tradesense", "nonsense").code()).isEqualTo(2);
    }

    @Test
    void verify_hands_its_arguments_to_maven_with_what_they_need() throws Exception {
        machine.jdk("25", "25");

        machine.run("verify");
        machine.run("verify", "-pl", "core");
        machine.run("verify", "-pl", "core", "-am", "-Dx=y");
        machine.run("verify", "-pl", "core", "-Dtest=A#b");

        assertThat(machine.mavenCalls())
                .extracting(call -> call.replaceFirst("mvn JAVA_VERSION=\"25\" ", ""))
                .containsExactly(
                        "-B -ntp verify",
                        "-B -ntp verify -am -pl core",
                        "-B -ntp verify -pl core -am -Dx=y",
                        "-B -ntp verify -am -Dsurefire.failIfNoSpecifiedTests=false -pl core -Dtest=A#b");
    }

    @Test
    void verify_fails_when_no_test_is_called_as_asked() throws Exception {
        machine.jdk("25", "25");

        Outcome none = machine.run("verify", "-pl", "core", "-Dtest=Mispelled");
        machine.maven("mkdir -p core/target/surefire-reports; echo ran >core/target/surefire-reports/A.txt");
        Outcome some = machine.run("verify", "-pl", "core", "-Dtest=A");

        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err()).isEqualTo("verify: no test is called that.\n");
        assertThat(some.code()).isEqualTo(0);
    }

    @Test
    void verify_fails_when_maven_does() throws Exception {
        machine.jdk("25", "25");
        machine.maven("exit 7");

        assertThat(machine.run("verify").code()).isEqualTo(7);
    }

    @Test
    void verify_says_in_one_sentence_that_a_browser_is_missing_where_it_may_not_install_one() throws Exception {
        machine.jdk("25", "25");
        Files.delete(machine.project().resolveSibling("tools").resolve("chromium"));

        Outcome outcome = machine.run("verify");

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err())
                .isEqualTo("verify: needs Chromium for the tests of the console: install it (apt-get install "
                        + "chromium).\n");
        assertThat(machine.mavenCalls()).isEmpty();
        assertThat(machine.run("verify", "-pl", "core").code()).isEqualTo(0);
    }

    @Test
    void verify_says_in_one_sentence_that_redis_is_missing_where_it_may_not_install_it() throws Exception {
        machine.jdk("25", "25");
        Files.delete(machine.project().resolveSibling("tools").resolve("redis-server"));

        Outcome outcome = machine.run("verify");

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err())
                .isEqualTo("verify: needs Redis 7 or newer for the tests of the transport on it: install it (apt-get "
                        + "install redis-server).\n");
        assertThat(machine.mavenCalls()).isEmpty();
        assertThat(machine.run("verify", "-pl", "core").code()).isEqualTo(0);
        assertThat(machine.run("verify", "-pl", "core,catalog").code()).isEqualTo(0);
        assertThat(machine.run("verify", "-pl", "jdbc").err())
                .as("the test kit that it is made of is tested with it")
                .contains("needs Redis");
        machine.tool("redis-server", "echo 'Redis server v=6.0.16 sha=00000000'");
        assertThat(machine.run("verify").err()).contains("needs Redis 7 or newer, found an older redis-server");
    }

    @Test
    void verify_says_in_one_sentence_that_rabbitmq_is_missing_where_it_may_not_install_it() throws Exception {
        machine.jdk("25", "25");
        Files.delete(machine.project().resolveSibling("tools").resolve("rabbitmq-server"));

        Outcome outcome = machine.run("verify");

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err())
                .isEqualTo("verify: needs RabbitMQ 3.10 or newer for the tests of the transport on it: install it "
                        + "(apt-get install rabbitmq-server).\n");
        assertThat(machine.mavenCalls()).isEmpty();
        assertThat(machine.run("verify", "-pl", "core").code()).isEqualTo(0);
    }

    @Test
    void verify_installs_a_browser_where_it_may() throws Exception {
        machine.jdk("25", "25");
        Path tools = machine.project().resolveSibling("tools");
        Files.delete(tools.resolve("chromium"));
        machine.tool("id", "echo 0");
        machine.tool("apt-get", "echo \"$*\" >>apt-calls");

        assertThat(machine.run("verify").code()).isEqualTo(0);

        assertThat(machine.project().resolve("apt-calls")).content().contains("install -y chromium");
        assertThat(machine.mavenCalls()).hasSize(1);
    }

    @Test
    void a_listing_of_the_usual_folders_that_are_not_there_is_no_trouble() throws Exception {
        machine.with("TRADESENSE_JDK_FOLDERS", Path.of("/no/such/folder"));

        Outcome outcome = machine.run("tradesense");

        assertThat(outcome.err().lines()).hasSize(1);
    }
}
