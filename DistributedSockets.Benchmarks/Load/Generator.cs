// The generator's process: an order a line, its figures a line, until the input ends.
using System.Text.Json;
using DistributedSockets.Benchmarks.Load.Dialects;
using DistributedSockets.Benchmarks.Load.Traffic;

namespace DistributedSockets.Benchmarks.Load;

internal static class Generator
{
    public static int Run()
    {
        // Users of one run are nobody's of another: what is on its way from an aborted one must not be counted.
        var run = Random.Shared.Next(0x100000, 0xFFFFFF);
        while (Console.ReadLine() is { } line)
        {
            Console.WriteLine(JsonSerializer.Serialize(Execute(JsonSerializer.Deserialize(line, OrderJson.Default.Order)!, $"u{run++:x}"), OrderJson.Default.Figures));
        }

        return 0;
    }

    private static Figures Execute(Order order, string run)
    {
        try
        {
            var dialect = DialectNames.Create(order.Dialect);
            switch (order.Mode)
            {
                case Mode.Closed:
                    using (var traffic = new ClosedLoop(order, dialect, run))
                    {
                        return traffic.Run();
                    }

                case Mode.Open:
                    using (var traffic = new OpenLoop(order, dialect, run))
                    {
                        return traffic.Run();
                    }

                case Mode.Rotating:
                    using (var traffic = new RotatingLoop(order, dialect, run))
                    {
                        return traffic.Run();
                    }

                case Mode.FanOut:
                    using (var traffic = new FanOut(order, dialect, run))
                    {
                        return traffic.Run();
                    }

                default:
                    using (var connections = new Connections(order, dialect, run))
                    {
                        return order.Mode switch
                        {
                            Mode.Idle => connections.Idle(),
                            Mode.Hold => connections.Hold(),
                            _ => connections.Open(),
                        };
                    }
            }
        }
        catch (Exception exception) when (exception is LoadException or IOException)
        {
            return Figures.Failed(exception.Message);
        }
        catch (Exception exception)
        {
            // A mistake of the generator: this run is lost, the others need not be.
            return Figures.Failed(exception.ToString());
        }
    }
}
