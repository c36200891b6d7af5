// The store in a file, and what keeps a store up to date.
using DistributedSockets.Client.Storing;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Clients;

public sealed class ClientStoreTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ds-client");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string FilePath => Path.Combine(_folder.FullName, "alice.store");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task What_was_kept_is_there_in_order_for_the_next_one()
    {
        var place = new StoredPlace("phone", "r", "e", 5, "m");
        using (var store = new FileClientStore(FilePath))
        {
            await store.LoadAsync(Token);
            await AddAsync(store, "1", "2", "3");
            await store.RemoveAsync("2", Token);
            await store.RemoveAsync("nothing", Token);
            await store.SaveAsync(place, Token);
            await AddAsync(store, "2");
        }

        using var next = new FileClientStore(FilePath);
        var kept = await next.LoadAsync(Token);

        Assert.Equal(place, kept.Place);
        Assert.Equal(["1", "3", "2"], kept.Messages.Select(message => message.Id));
        Assert.Equal([7], kept.Messages[0].Frame);
    }

    [Fact]
    public async Task Line_that_a_kill_has_cut_off_is_passed_over()
    {
        await WriteAsync("1", "2");
        var text = await File.ReadAllTextAsync(FilePath, Token);
        await File.WriteAllTextAsync(FilePath, text[..(text.LastIndexOf("\"2\"", StringComparison.Ordinal) + 2)], Token);

        using var store = new FileClientStore(FilePath);
        Assert.Equal(["1"], (await store.LoadAsync(Token)).Messages.Select(message => message.Id));
        await AddAsync(store, "3");
        store.Dispose();

        using var next = new FileClientStore(FilePath);
        Assert.Equal(["1", "3"], (await next.LoadAsync(Token)).Messages.Select(message => message.Id));
    }

    [Fact]
    public async Task File_does_not_grow_for_ever()
    {
        using (var store = new FileClientStore(FilePath))
        {
            await store.LoadAsync(Token);
            await AddAsync(store, "1");
            for (var seq = 0; seq < 10_500; seq++)
            {
                await store.SaveAsync(new StoredPlace("phone", "r", "e", seq, "m"), Token);
            }
        }

        Assert.InRange(File.ReadLines(FilePath).Count(), 1, 1_000);
        using var next = new FileClientStore(FilePath);
        var kept = await next.LoadAsync(Token);
        Assert.Equal((10_499, "1"), (kept.Place!.Seq, Assert.Single(kept.Messages).Id));
    }

    [Fact]
    public async Task File_belongs_to_one_client_at_a_time()
    {
        using var first = new FileClientStore(FilePath);
        await first.LoadAsync(Token);
        using var second = new FileClientStore(FilePath);

        await Assert.ThrowsAsync<IOException>(async () => await second.LoadAsync(Token));
    }

    [Fact]
    public async Task Keeper_calls_the_store_once_at_a_time_and_skips_places_that_are_over()
    {
        var store = new GatedStore();
        var keeper = new StoreKeeper(store, new RecordingLogger());
        for (var seq = 1; seq <= 100; seq++)
        {
            keeper.Save(new StoredPlace("phone", null, "e", seq, null));
        }

        keeper.Remove("1");
        var adding = keeper.AddAsync(new StoredMessage("2", "bob", false, []), Token);
        store.Gate.SetResult();
        await adding;
        await keeper.FlushAsync();

        Assert.Equal(1, store.MostAtOnce);
        Assert.InRange(store.Places.Count, 1, 2);
        Assert.Equal(100, store.Places[^1]);
        Assert.Contains("1", store.Removed);
    }

    [Fact]
    public async Task Store_that_fails_is_logged_and_the_rest_goes_on()
    {
        var log = new RecordingLogger();
        var store = new GatedStore { RemovingFails = true };
        store.Gate.SetResult();
        var keeper = new StoreKeeper(store, log);

        keeper.Remove("1");
        keeper.Save(new StoredPlace("phone", null, "e", 1, null));
        await keeper.FlushAsync();

        Assert.Equal([1], store.Places);
        Assert.IsType<IOException>(Assert.Single(log.Lines).Exception);
    }

    private static async Task AddAsync(FileClientStore store, params string[] ids)
    {
        foreach (var id in ids)
        {
            await store.AddAsync(new StoredMessage(id, "bob", false, [7]), Token);
        }
    }

    private async Task WriteAsync(params string[] ids)
    {
        using var store = new FileClientStore(FilePath);
        await store.LoadAsync(Token);
        await AddAsync(store, ids);
    }

    private sealed class GatedStore : IClientStore
    {
        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private int _atOnce;

        public bool RemovingFails { get; init; }

        public int MostAtOnce { get; private set; }

        public List<long> Places { get; } = [];

        public List<string> Removed { get; } = [];

        public ValueTask<StoredClient> LoadAsync(CancellationToken cancellationToken) => ValueTask.FromResult(new StoredClient(null, []));

        public ValueTask AddAsync(StoredMessage message, CancellationToken cancellationToken) => DoAsync(() => { });

        public ValueTask RemoveAsync(string id, CancellationToken cancellationToken) => RemovingFails ? throw new IOException("full") : DoAsync(() => Removed.Add(id));

        public ValueTask SaveAsync(StoredPlace place, CancellationToken cancellationToken) => DoAsync(() => Places.Add(place.Seq));

        private async ValueTask DoAsync(Action act)
        {
            MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _atOnce));
            await Gate.Task;
            act();
            Interlocked.Decrement(ref _atOnce);
        }
    }
}
