package ai.tradesense.desk;

import ai.tradesense.catalog.auth.Permission;
import ai.tradesense.catalog.auth.PermissionGranted;
import ai.tradesense.catalog.auth.PermissionRevoked;
import ai.tradesense.catalog.auth.SessionExpired;
import ai.tradesense.catalog.auth.UserLoggedIn;
import ai.tradesense.catalog.auth.UserLoggedOut;
import ai.tradesense.catalog.challenge.ChallengeFailed;
import ai.tradesense.catalog.challenge.ChallengePhase;
import ai.tradesense.catalog.challenge.ChallengeStarted;
import ai.tradesense.catalog.challenge.PhaseAdvanced;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.worker.ExecutionContext;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Who is logged in and who may do what. Permissions follow the challenge; a session that was never ended is found
/// to have expired when the user logs in again.
///
/// Sessions are of the domain `Auth` and permissions of `Challenge`: those are two orders, so what is kept for one
/// is not looked at for the other.
final class AccessWorker extends DeskWorker {
    private final Roster<Sessions> sessions;
    private final Roster<Permissions> permissions;

    private static final class Sessions {
        private @Nullable UserLoggedIn open;
        private int begun;
        private int expired;
    }

    private static final class Permissions {
        private final Set<Permission> held = EnumSet.noneOf(Permission.class);
    }

    /// What is known of a user.
    ///
    /// @param permissions in the order of [Permission]
    record Access(int sessions, int expiredSessions, List<Permission> permissions) {}

    AccessWorker(List<Member> members, Surroundings surroundings) {
        super(
                "desk-access",
                surroundings,
                "Auth.User.LoggedIn.v1",
                "Auth.User.LoggedOut.v1",
                "Challenge.Started.v1",
                "Challenge.Failed.v1",
                "Challenge.Phase.Advanced.v1");
        this.sessions = new Roster<>(members, member -> new Sessions());
        this.permissions = new Roster<>(members, member -> new Permissions());
    }

    @Override
    void handle(DomainEvent event, ExecutionContext context) {
        switch (data(event)) {
            case UserLoggedIn login -> logIn(login, event, context);
            case UserLoggedOut logout -> logOut(logout);
            case ChallengeStarted started ->
                grant(
                        Permission.TRADE_CHALLENGE,
                        started.userId(),
                        started.accountId(),
                        "started a challenge",
                        event,
                        context);
            case PhaseAdvanced advanced
            when advanced.toPhase() == ChallengePhase.FUNDED ->
                grant(
                        Permission.TRADE_FUNDED,
                        advanced.userId(),
                        advanced.accountId(),
                        "passed both phases",
                        event,
                        context);
            case PhaseAdvanced advanced -> {
                // The second phase is traded with the same permission as the first.
            }
            case ChallengeFailed failed -> revoke(failed, event, context);
            default -> throw new IllegalArgumentException("access does not depend on " + event.type());
        }
    }

    private void logIn(UserLoggedIn login, DomainEvent event, ExecutionContext context) {
        Sessions user = sessions.of(login.userId());
        UserLoggedIn earlier;
        synchronized (user) {
            earlier = user.open;
        }
        if (earlier != null) {
            Instant end = earlier.expiresAt().isBefore(login.loggedInAt()) ? earlier.expiresAt() : login.loggedInAt();
            publish(
                    List.of(new SessionExpired(login.userId(), earlier.sessionId(), earlier.loggedInAt(), end)),
                    event,
                    context);
        }
        synchronized (user) {
            user.open = login;
            user.begun++;
            user.expired += earlier == null ? 0 : 1;
        }
    }

    private void logOut(UserLoggedOut logout) {
        Sessions user = sessions.of(logout.userId());
        synchronized (user) {
            user.open = null;
        }
    }

    private void grant(
            Permission permission,
            String userId,
            String accountId,
            String reason,
            DomainEvent event,
            ExecutionContext context) {
        publish(List.of(new PermissionGranted(userId, accountId, permission, reason, event.time())), event, context);
        Permissions user = permissions.of(userId);
        synchronized (user) {
            user.held.add(permission);
        }
    }

    private void revoke(ChallengeFailed failed, DomainEvent event, ExecutionContext context) {
        Permissions user = permissions.of(failed.userId());
        List<EventData> revoked;
        synchronized (user) {
            revoked = user.held.stream()
                    .<EventData>map(permission -> new PermissionRevoked(
                            failed.userId(),
                            failed.accountId(),
                            permission,
                            "broke the rule " + failed.rule(),
                            event.time()))
                    .toList();
        }
        publish(revoked, event, context);
        synchronized (user) {
            user.held.clear();
        }
    }

    Access access(Member member) {
        Sessions user = sessions.of(member.userId());
        Permissions allowed = permissions.of(member.userId());
        int begun;
        int expired;
        synchronized (user) {
            begun = user.begun;
            expired = user.expired;
        }
        synchronized (allowed) {
            return new Access(begun, expired, List.copyOf(allowed.held));
        }
    }
}
