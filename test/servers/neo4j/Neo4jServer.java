import static org.neo4j.configuration.GraphDatabaseInternalSettings.cypher_size_hint_parameters;
import static org.neo4j.configuration.GraphDatabaseSettings.auth_enabled;
import static org.neo4j.configuration.GraphDatabaseSettings.cypher_min_replan_interval;
import static org.neo4j.configuration.GraphDatabaseSettings.pagecache_memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Scanner;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.connectors.ConnectorPortRegister;
import org.neo4j.configuration.connectors.ConnectorType;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.io.ByteUnit;
import org.neo4j.kernel.internal.GraphDatabaseAPI;

/**
 * Neo4j for tests: `java -cp 'lib/*' Neo4jServer.java`. The first line of standard input is the password of the
 * user neo4j (never an argument: those can be seen by others). It takes a free loopback port and a temporary
 * folder, prints `READY <port>`, and goes, folder and all, when standard input ends: nothing is left behind when
 * the test dies.
 */
class Neo4jServer {
  public static void main(String[] args) throws Exception {
    var input = new Scanner(System.in);
    var password = input.nextLine();
    var folder = Files.createTempDirectory("exitgraph-neo4j-");
    try {
      var server =
          new DatabaseManagementServiceBuilder(folder)
              .setConfig(auth_enabled, true)
              // A graph that grows would have every query planned anew each ten seconds, which takes longer than to run it.
              .setConfig(cypher_min_replan_interval, Duration.ofHours(1))
              // Nor once for each size of the batch that it is given.
              .setConfig(cypher_size_hint_parameters, false)
              .setConfig(pagecache_memory, ByteUnit.mebiBytes(128))
              .setConfig(BoltConnector.enabled, true)
              .setConfig(BoltConnector.listen_address, new SocketAddress("127.0.0.1", 0))
              .build();
      server
          .database("system")
          .executeTransactionally(
              "ALTER USER neo4j SET PASSWORD $password CHANGE NOT REQUIRED",
              Map.of("password", password));
      var database = (GraphDatabaseAPI) server.database("neo4j");
      var ports = database.getDependencyResolver().resolveDependency(ConnectorPortRegister.class);
      System.out.println("READY " + ports.getLocalAddress(ConnectorType.BOLT).getPort());
      while (input.hasNextLine()) input.nextLine();
    } catch (Throwable problem) {
      problem.printStackTrace();
    }
    // No orderly shutdown: it takes ten seconds, and what it would save is thrown away.
    remove(folder);
    Runtime.getRuntime().halt(0);
  }

  private static void remove(Path folder) throws IOException {
    try (var paths = Files.walk(folder)) {
      for (var path : paths.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(path);
    }
  }
}
