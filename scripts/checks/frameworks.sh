# The other framework and the TorchSharp package: both compile.
for switch in "-p:SaeTargetFramework=net10.0 -p:RequiresAspNetWebAssets=false" "-p:TorchSharpPackage=0.107.0"; do
  # shellcheck disable=SC2086
  if dotnet build -c Release --nologo -v quiet "$ROOT/SaeDashboard.sln" $switch >"$work/build.log" 2>&1; then
    pass "builds with $switch"
  else
    fail "does not build with $switch"
    grep error "$work/build.log" | sort -u | head -5
  fi
done
