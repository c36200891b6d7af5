// The order in which a RabbitMQ is looked for.
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.Tests.LocalHosting.Servers;

public sealed class RabbitMqProgramTests : IDisposable
{
    private readonly FakeMachine _machine = new();

    [Fact]
    public void The_script_below_usr_lib_is_taken_and_never_the_wrapper()
    {
        HasErlang();
        _machine.Script("bin/rabbitmq-server", "exit 1");
        _machine.Script("root/usr/sbin/rabbitmq-server", "exit 1");
        var script = _machine.Script("root/usr/lib/rabbitmq/lib/rabbitmq_server-4.0.5/sbin/rabbitmq-server", "");
        var program = RabbitMqProgram.FindInstalled(_machine.Bare);
        Assert.Equal(script, program?.ServerScript);
        Assert.Null(program?.LibraryFolders);
    }

    [Fact]
    public void The_wrapper_alone_counts_for_nothing()
    {
        HasErlang();
        _machine.Script("root/usr/sbin/rabbitmq-server", "exit 1");
        Assert.Null(RabbitMqProgram.FindInstalled(_machine.Bare));
    }

    [Fact]
    public void The_script_of_Homebrew_is_taken()
    {
        HasErlang();
        var script = _machine.Script("root/opt/homebrew/sbin/rabbitmq-server", "");
        Assert.Equal(script, RabbitMqProgram.FindInstalled(_machine.Bare)?.ServerScript);
    }

    [Fact]
    public void A_rabbitmq_without_erlang_counts_for_nothing()
    {
        _machine.Script("root/usr/lib/rabbitmq/lib/rabbitmq_server-4.0.5/sbin/rabbitmq-server", "");
        Assert.Null(RabbitMqProgram.FindInstalled(_machine.Bare));
    }

    [Fact]
    public async Task Without_rabbitmq_and_without_apt_the_choices_are_named()
    {
        var exception = await Assert.ThrowsAsync<ServerUnavailableException>(
            () => RabbitMqProgram.FindAsync(_machine.Bare, _machine, TestContext.Current.CancellationToken));
        Assert.Contains("brew install redis rabbitmq", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _machine.Dispose();

    private void HasErlang()
    {
        _machine.Script("bin/erl", "");
        _machine.Script("bin/epmd", "");
    }
}
