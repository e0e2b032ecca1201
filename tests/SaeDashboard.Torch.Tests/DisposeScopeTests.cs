using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

public class DisposeScopeTests
{
    [Fact]
    public void A_scope_disposes_what_was_made_inside()
    {
        Tensor inside;
        using (var scope = NewDisposeScope())
        {
            inside = ones(2) + 1;
            Assert.Equal(2, scope.DisposablesCount);
            Assert.True(scope.Contains(inside));
            Assert.Same(scope, CurrentDisposeScope);
        }
        Assert.True(inside.IsInvalid);
        Assert.Null(CurrentDisposeScope);
    }

    [Fact]
    public void Tensors_move_out_of_nested_scopes()
    {
        Tensor stays, moved, detached;
        using (var outer = NewDisposeScope())
        {
            using (var inner = NewDisposeScope())
            {
                stays = ones(1);
                moved = ones(1).MoveToOuterDisposeScope();
                detached = ones(1).DetachFromDisposeScope();
                Assert.Equal(1, inner.DisposablesCount);
                Assert.Equal(1, outer.DisposablesCount);
            }
            Assert.True(stays.IsInvalid);
            Assert.False(moved.IsInvalid);
        }
        Assert.True(moved.IsInvalid);
        Assert.False(detached.IsInvalid);
        detached.Dispose();
        Assert.True(detached.IsInvalid);
    }

    [Fact]
    public void Moving_out_of_the_outermost_scope_sets_free()
    {
        Tensor free;
        using (NewDisposeScope()) free = ones(1).MoveToOuterDisposeScope();
        Assert.False(free.IsInvalid);
        free.Dispose();
    }

    [Fact]
    public void What_is_disposed_early_leaves_the_scope()
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < 1000; i++) ones(1).Dispose();
        var last = ones(1);
        Assert.Equal(1, scope.DisposablesCount);
        Assert.Same(last, Assert.Single(scope.DisposablesView));
    }

    [Fact]
    public void A_long_scope_keeps_those_that_stay_in_order()
    {
        using var scope = NewDisposeScope();
        var kept = new List<Tensor>();
        for (var i = 0; i < 500; i++)
        {
            var one = ones(1);
            if (i % 10 == 0) kept.Add(one);
            else one.Dispose();
        }
        Assert.Equal(kept, scope.DisposablesView.Cast<Tensor>(), ReferenceEqualityComparer.Instance);
        kept[7].DetachFromDisposeScope();
        Assert.Equal(kept.Count - 1, scope.DisposablesCount);
        Assert.False(scope.Contains(kept[7]));
        kept[7].Dispose();
    }

    [Fact]
    public void Everything_but_some()
    {
        using var scope = NewDisposeScope();
        var (a, b, c) = (ones(1), ones(1), ones(1));
        scope.DisposeEverythingBut(b);
        Assert.True(a.IsInvalid && c.IsInvalid);
        Assert.False(b.IsInvalid);
        Assert.True(scope.Contains(b));
        scope.DisposeEverything();
        Assert.True(b.IsInvalid);
    }

    [Fact]
    public void Attaching_takes_from_the_scope_that_had_it()
    {
        using var outer = NewDisposeScope();
        var tensor = ones(1);
        using (var inner = NewDisposeScope())
        {
            inner.Attach(tensor);
            Assert.Equal(0, outer.DisposablesCount);
        }
        Assert.True(tensor.IsInvalid);
    }

    [Fact]
    public void Scopes_closed_out_of_order_leave_no_dead_one_open()
    {
        var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        var tensor = ones(1);
        outer.Dispose();
        Assert.False(tensor.IsInvalid);
        Assert.Same(inner, CurrentDisposeScope);
        inner.Dispose();
        Assert.True(tensor.IsInvalid);
        Assert.Null(CurrentDisposeScope);
    }

    [Fact]
    public void Statistics_count_this_thread()
    {
        var counts = DisposeScopeManager.Statistics;
        counts.Reset();
        var outside = ones(1);
        using (NewDisposeScope())
        {
            ones(1);
            ones(1).DetachFromDisposeScope().Dispose();
            ones(1).Dispose();
        }
        outside.Dispose();
        Assert.Equal((1, 3), (counts.CreatedOutsideScopeCount, counts.CreatedInScopeCount));
        Assert.Equal((2, 2), (counts.DisposedOutsideScopeCount, counts.DisposedInScopeCount));
        Assert.Equal(1, counts.DetachedFromScopeCount);
        Assert.Equal(0, counts.ThreadTotalLiveCount);
    }
}
